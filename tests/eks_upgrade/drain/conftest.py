"""A rehearsal cluster behind its real HTTPS door: two old nodes and two new ones."""

import asyncio
import base64
import itertools
import time
from functools import cache

import boto3
import pytest
from botocore.signers import RequestSigner

from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.rehearsal.clock import SimClock
from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.kube.cluster import KubeCluster

KEY, SECRET, HOST = "AKIAREHEARSAL", "secret", "sts.us-east-1.amazonaws.com"


@cache
def session():
    """Made once: a session and its models cost more than a hundred signatures."""
    return boto3.Session(KEY, SECRET, region_name="us-east-1")


@cache
def signer():
    """The session lives on beside it: it holds its events by a weak reference only."""
    service = session().client("sts").meta.service_model.service_id
    credentials = session().get_credentials()
    return RequestSigner(service, "us-east-1", "sts", "v4", credentials, session().events)


def token_for(cluster):
    request = {
        "method": "GET",
        "url": f"https://{HOST}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": cluster},
        "context": {},
    }
    url = signer().generate_presigned_url(request, "us-east-1", 60, "")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def template(labels, *, empty_dir=False, annotations=None):
    spec = {"containers": [{"name": "c", "image": "pause"}], "terminationGracePeriodSeconds": 5}
    if empty_dir:
        spec["volumes"] = [{"name": "e", "emptyDir": {}}]
    return {"metadata": {"labels": labels, "annotations": annotations or {}}, "spec": spec}


class SimulatedTime:
    """The cluster's own time for a drain: its minutes are seconds, as everything around it."""

    def __init__(self, clock):
        self.clock = clock

    def now(self):
        return self.clock.now()

    async def sleep(self, seconds):
        await asyncio.sleep(seconds / self.clock.speed)


class Stage:
    """The cluster, its door, and short words to seed it with."""

    def __init__(self):
        self.clock = SimClock(speed=20.0)
        self.cluster = KubeCluster("demo", "1.25", self.clock)
        self.server = KubeServer(
            {"demo": self.cluster}, self.clock, credentials={KEY: SECRET}, allowed_hosts={HOST}
        )
        self.time = SimulatedTime(self.clock)
        self.tokens = itertools.count(1)
        self.tokens_made = 0
        self.evictions = []

    def nodes(self, group, *names):
        with self.clock.lock:  # a controller may be listing them in another thread
            for number, name in enumerate(names):
                self.cluster.add_node(
                    name,
                    labels={"eks.amazonaws.com/nodegroup": group},
                    taints=[],
                    kubelet_version="v1.25.16-eks-1",
                    instance_type="m5.large",
                    zone="us-east-1a",
                    instance_id=f"i-{group}{number}",
                    image_id="ami-1",
                    ready_after=0.0,
                )

    def apply(self, kind, name, spec, **meta):
        group = {"PodDisruptionBudget": "policy/v1", "Pod": "v1"}.get(kind, "apps/v1")
        with self.clock.lock:
            self.cluster.apply(
                {
                    "apiVersion": group,
                    "kind": kind,
                    "metadata": {"name": name, "namespace": "shop", **meta},
                    "spec": spec,
                }
            )

    def workload(self, kind, name, replicas=2, **options):
        labels = {"app": name}
        spec = {"selector": {"matchLabels": labels}, "template": template(labels, **options)}
        if kind != "DaemonSet":
            spec["replicas"] = replicas
        if kind == "StatefulSet":
            spec["serviceName"] = name
        self.apply(kind, name, spec)

    def budget(self, name, app, **limits):
        self.apply(
            "PodDisruptionBudget", name, {"selector": {"matchLabels": {"app": app}}, **limits}
        )

    def settle(self, seconds=10.0):
        with self.clock.lock:
            self.clock.advance(seconds)

    def pods_on(self, *nodes):
        with self.clock.lock:
            return [pod for node in nodes for pod in self.cluster.pods_on(node)]

    def pods_everywhere(self):
        with self.clock.lock:
            return self.cluster.store.list("pods")

    def token(self):
        self.tokens_made += 1
        return token_for("demo")

    def access(self, server="127.0.0.1"):
        authority = base64.b64encode(self.server.ca_pem.encode()).decode()
        url = self.server.url("demo").replace("127.0.0.1", server)
        return ClusterAccess(url, authority, self.token)

    def client(self, server="127.0.0.1"):
        return KubeClient(self.access(server))


@pytest.fixture
def stage():
    """Two old nodes; new nodes are added by the test once the pods run on the old ones."""
    stage = Stage()
    stage.nodes("blue", "blue-0", "blue-1")
    stage.server.start()
    yield stage
    stage.server.stop()
    assert stage.server.failures == []
    assert stage.clock.failures == []


@pytest.fixture
def soon():
    """A deadline a few real seconds from now."""
    return lambda seconds=20.0: time.time() + seconds

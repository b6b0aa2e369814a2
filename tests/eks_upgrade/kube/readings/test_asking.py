"""The readings of the preflight against the rehearsal's API server, and against its odd answers."""

import base64
from collections.abc import AsyncIterator

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.readings.api.api_services import API_SERVICES
from include.eks_upgrade.kube.readings.api.conversions import CONVERSIONS
from include.eks_upgrade.kube.readings.api.services import Backend, Endpoint, ServiceName
from include.eks_upgrade.kube.readings.api.webhooks import WEBHOOKS
from include.eks_upgrade.kube.readings.attachments import ATTACHMENTS, VOLUME_LIMITS
from include.eks_upgrade.kube.readings.autoscalers import AUTOSCALERS
from include.eks_upgrade.kube.readings.cron_jobs import CRON_JOBS
from include.eks_upgrade.kube.readings.kube_proxy import KUBE_PROXY
from include.eks_upgrade.kube.readings.nodes.node_rooms import NODE_ROOMS
from include.eks_upgrade.kube.readings.quotas import QUOTAS
from include.eks_upgrade.kube.readings.readers import READERS
from include.rehearsal.clock import SimClock
from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.kube.cluster import KubeCluster
from tests.eks_upgrade.drain.conftest import HOST, KEY, SECRET, token_for

CONFIG = {"service": {"namespace": "policy", "name": "guard"}}


class Stage:
    """A rehearsal cluster behind its door."""

    def __init__(self) -> None:
        clock = SimClock()
        self.cluster = KubeCluster("demo", "1.25", clock)
        self.server = KubeServer(
            {"demo": self.cluster}, clock, credentials={KEY: SECRET}, allowed_hosts={HOST}
        )

    def client(self) -> KubeClient:
        authority = base64.b64encode(self.server.ca_pem.encode()).decode()
        url = self.server.url("demo")
        return KubeClient(ClusterAccess(url, authority, lambda: token_for("demo")))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    made = Stage()
    made.server.start()
    yield made
    made.server.stop()


def endpoints(name: str, *nodes: str, ready: bool = True, family: str = "IPv4"):
    return {
        "kind": "EndpointSlice",
        "metadata": {
            "name": name,
            "namespace": "policy",
            "labels": {"kubernetes.io/service-name": "guard"},
        },
        "addressType": family,
        "endpoints": [
            {
                "addresses": [f"10.0.0.{number}"],
                "conditions": {"ready": ready},
                "nodeName": node,
                "targetRef": {"kind": "Pod", "namespace": "policy", "name": f"guard-{number}"},
            }
            for number, node in enumerate(nodes)
        ],
    }


MANIFESTS = (
    {
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "guard"},
        "webhooks": [{"name": "a", "clientConfig": CONFIG}, {"name": "b", "clientConfig": CONFIG}],
    },
    {
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "inject"},
        "webhooks": [{"name": "c", "clientConfig": {"url": "https://example.com"}}],
    },
    endpoints("guard-1", "w-1", "w-2"),
    endpoints("guard-2", "w-3", ready=False),
    # The same two pods by their other family of addresses.
    endpoints("guard-6", "w-1", "w-2", family="IPv6"),
    {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "versions": [{"name": "v1", "served": True}, {"name": "v2", "served": True}],
            "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": CONFIG}},
        },
    },
    {"kind": "CustomResourceDefinition", "metadata": {"name": "plain.example.com"}, "spec": {}},
    {
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "status": {"conditions": [{"type": "Available", "status": "False"}]},
    },
    {
        "kind": "VolumeAttachment",
        "metadata": {"name": "csi-1"},
        "spec": {"nodeName": "w-1", "source": {"persistentVolumeName": "pv-1"}},
        "status": {"attached": True},
    },
    {
        "kind": "CSINode",
        "metadata": {"name": "w-1"},
        "spec": {"drivers": [{"name": "ebs.csi.aws.com", "allocatable": {"count": 25}}]},
    },
    {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}},
    },
    {
        "kind": "ResourceQuota",
        "metadata": {"name": "all", "namespace": "shop"},
        "spec": {"hard": {"pods": "10"}},
    },
    {
        "kind": "CronJob",
        "metadata": {"name": "nightly", "namespace": "shop"},
        "spec": {
            "schedule": "*/30 * * * *",
            "suspend": True,
            "jobTemplate": {
                "spec": {
                    "template": {
                        "metadata": {"labels": {"app": "web"}},
                        "spec": {"containers": [{"name": "c", "image": "a"}]},
                    }
                }
            },
        },
    },
)


async def test_every_reading_is_read_from_a_real_list(stage: Stage) -> None:
    for manifest in MANIFESTS:
        stage.cluster.apply(dict(manifest))
    async with stage.client() as client:
        read = {one: await reader(client) for one, reader in READERS.items()}
    backend = Backend((Endpoint("w-1", "guard-0"), Endpoint("w-2", "guard-1")))
    hooks = read[WEBHOOKS]
    assert [str(one) for one in hooks.all] == ["guard/a", "guard/b", "inject/c"]
    assert hooks.all[0].fails_closed
    assert hooks.backends == {ServiceName("policy", "guard"): backend}
    assert hooks.labels_of("shop") == {"kubernetes.io/metadata.name": "shop"}
    (definition,) = read[CONVERSIONS].all
    assert definition.versions == {"v1", "v2"}
    assert read[CONVERSIONS].backends == hooks.backends
    assert [one.available for one in read[API_SERVICES]] == [False]
    assert [one.volume for one in read[ATTACHMENTS]] == ["pv-1"]
    assert [one.by_driver for one in read[VOLUME_LIMITS]] == [{"ebs.csi.aws.com": 25}]
    assert [(one.target, one.most) for one in read[AUTOSCALERS]] == [("Deployment shop/web", 3)]
    assert [one.hard for one in read[QUOTAS]] == [{"pods": 10.0}]
    assert [(str(one), one.suspended) for one in read[CRON_JOBS]] == [("shop/nightly", True)]


async def test_an_empty_cluster_has_nothing(stage: Stage) -> None:
    async with stage.client() as client:
        read = {one: await reader(client) for one, reader in READERS.items()}
    assert read[WEBHOOKS].all == read[CONVERSIONS].all == read[API_SERVICES] == ()
    assert read[NODE_ROOMS] == read[QUOTAS] == ()
    assert read[KUBE_PROXY].image == ""


async def test_many_definitions_come_in_small_pages(stage: Stage) -> None:
    for number in range(23):
        meta = {"name": f"d{number:02}.example.com"}
        stage.cluster.apply({"kind": "CustomResourceDefinition", "metadata": meta, "spec": {}})
    async with stage.client() as client:
        before = client.requests
        await READERS[CONVERSIONS](client)
        assert client.requests - before == 3


async def test_without_the_right_it_says_which_one_is_missing(stage: Stage) -> None:
    stage.server.forbid("list", "endpointslices")
    for manifest in MANIFESTS[:3]:
        stage.cluster.apply(dict(manifest))
    async with stage.client() as client:
        with pytest.raises(Refused) as error:
            await READERS[WEBHOOKS](client)
    assert "list endpointslices" in str(error.value)

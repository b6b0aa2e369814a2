"""A rehearsal cluster behind its API server, and the little a test needs to talk to it."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import urllib3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.kube.cluster import KubeCluster

KEY_ID, SECRET = "AKIAREHEARSAL0000001", "rehearsal-secret"
STS_HOST = "sts.eu-central-1.amazonaws.com"


def make_token(
    cluster: str = "demo",
    *,
    key_id: str = KEY_ID,
    secret: str = SECRET,
    session_token: str | None = None,
    host: str = STS_HOST,
    header: str = "x-k8s-aws-id",
    action: str = "GetCallerIdentity",
) -> str:
    """What `aws eks get-token` makes, signed now."""
    url = f"https://{host}/?Action={action}&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={header: cluster})
    credentials = Credentials(key_id, secret, session_token)
    SigV4QueryAuth(credentials, "sts", "eu-central-1", expires=60).add_auth(request)
    text = base64.urlsafe_b64encode(request.url.encode()).decode().rstrip("=")
    return f"k8s-aws-v1.{text}"


class Lab:
    """One cluster named `demo`, its clock and its server; speed 0 unless given."""

    def __init__(self, *, speed: float = 0.0, version: str = "1.25", hosts: tuple = ()) -> None:
        self.clock = SimClock(speed)
        self.cluster = KubeCluster("demo", version, self.clock)
        self.server = KubeServer(
            {"demo": self.cluster},
            self.clock,
            credentials={KEY_ID: SECRET},
            allowed_hosts={STS_HOST, *hosts},
        )
        self.server.start()
        self.url = self.server.url("demo")
        self.token = make_token()
        self._pool = urllib3.PoolManager(ca_cert_data=self.server.ca_pem)

    def stop(self) -> None:
        self._pool.clear()
        self.server.stop()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Status and body (JSON decoded when it is JSON) of one request."""
        answer = self.raw(method, path, body, query=query, headers=headers)
        text = answer.data.decode()
        is_json = answer.headers["Content-Type"].startswith("application/json")
        try:
            return answer.status, json.loads(text) if is_json else text
        except ValueError:  # a watch: one JSON document per line
            return answer.status, [json.loads(line) for line in text.splitlines()]

    def raw(self, method, path, body=None, *, query=None, headers=None):
        """The answer as urllib3 gives it."""
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        fields = urlencode(query or {})
        target = self.url + path + (f"?{fields}" if fields else "")
        merged = {**given, **(headers or {})}
        return self._pool.request(
            method, target, body=data, headers={k: v for k, v in merged.items() if v}, retries=False
        )

    def add_node(self, name: str, group: str = "blue", **more: Any) -> None:
        """A node that is Ready at once."""
        with self.clock.lock:
            self.cluster.add_node(
                name,
                labels={"eks.amazonaws.com/nodegroup": group, **more.pop("labels", {})},
                taints=more.pop("taints", []),
                kubelet_version=more.pop("kubelet_version", "v1.25.16-eks-1-25"),
                instance_type="m5.4xlarge",
                zone="eu-central-1a",
                instance_id="i-0123456789abcdef0",
                image_id="ami-0123456789abcdef0",
                ready_after=0,
            )
            self.clock.advance(1)

    def put(self, plural: str, obj: dict[str, Any]) -> dict[str, Any]:
        """An object straight into the store, its status included."""
        with self.clock.lock:
            return self.cluster.store.create(plural, obj)

    def settle(self, seconds: float = 10) -> None:
        """Let simulated time pass."""
        self.clock.advance(seconds)


def deployment(name: str, replicas: int = 2, *, namespace: str = "shop", **spec: Any) -> dict:
    """A Deployment with one container."""
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "c", "image": "pause"}], **spec},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def pod(name: str, *, namespace: str = "shop", **spec: Any) -> dict:
    """A pod with one container and no controller."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [{"name": "c", "image": "pause"}], **spec},
    }


def budget(name: str, app: str, *, namespace: str = "shop", **spec: Any) -> dict:
    """A PodDisruptionBudget over `app`."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }

"""Drain of a whole node group: this project's engine against `kubectl drain`, in one run.

    .venv/bin/python benchmarks/drain.py [--nodes 20] [--deployments 20] [--replicas 20]

Both empty the same kind of cluster (the rehearsal's Kubernetes API in real time, every
Deployment under `maxUnavailable: 1`) and the last line is the ratio of their seconds.
"""

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from airflow.providers.amazon.aws.utils.eks_get_token import (  # noqa: E402 - after the path is set
    fetch_access_token_for_cluster,
)
from boto3 import Session  # noqa: E402

from include.eks_upgrade.drain.engine import drain  # noqa: E402
from include.eks_upgrade.kube.access import ClusterAccess  # noqa: E402
from include.eks_upgrade.kube.client import KubeClient  # noqa: E402
from include.eks_upgrade.request import DrainOptions  # noqa: E402
from include.rehearsal.clock import SimClock  # noqa: E402
from include.rehearsal.kube.cluster import KubeCluster  # noqa: E402
from include.rehearsal.kube.server import KubeServer  # noqa: E402

KEY, SECRET, REGION = "AKIABENCHMARK", "secret", "eu-west-1"
HOST = f"sts.{REGION}.amazonaws.com"
LIMIT_SECONDS = 900


def add_nodes(cluster: KubeCluster, group: str, count: int) -> None:
    """`count` nodes of a node group, Ready at once."""
    for number in range(count):
        cluster.add_node(
            f"{group}-{number}",
            labels={"eks.amazonaws.com/nodegroup": group},
            taints=[],
            kubelet_version="v1.26.15-eks-1",
            instance_type="m5.4xlarge",
            zone=f"{REGION}a",
            instance_id=f"i-{group}{number}",
            image_id="ami-1",
            ready_after=0.0,
        )


def add_workloads(cluster: KubeCluster, deployments: int, replicas: int) -> None:
    """Deployments, each under a budget that lets one pod go at a time."""
    for number in range(deployments):
        name = f"app-{number}"
        labels = {"app": name}
        template = {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "c", "image": "pause"}]},
        }
        meta = {"name": name, "namespace": "shop"}
        cluster.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": meta,
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": labels},
                    "template": template,
                },
            }
        )
        cluster.apply(
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": meta,
                "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
            }
        )


@contextmanager
def stage(options: argparse.Namespace) -> Iterator[tuple[KubeCluster, ClusterAccess, KubeServer]]:
    """A settled cluster with all pods on the old nodes, behind its HTTPS door, in real time."""
    clock = SimClock(speed=1.0)
    cluster = KubeCluster("bench", "1.26", clock)
    server = KubeServer({"bench": cluster}, clock, credentials={KEY: SECRET}, allowed_hosts={HOST})
    with clock.lock:
        add_nodes(cluster, "old", options.nodes)
        add_workloads(cluster, options.deployments, options.replicas)
        clock.advance(60)
        add_nodes(cluster, "new", options.nodes)
        clock.advance(10)
    session = Session(KEY, SECRET, region_name=REGION)
    access = ClusterAccess(
        endpoint=server_url(server),
        certificate_authority=base64.b64encode(server.ca_pem.encode()).decode(),
        token=lambda: fetch_access_token_for_cluster(
            "bench", f"https://{HOST}/?Action=GetCallerIdentity&Version=2011-06-15", REGION, session
        ),
    )
    over = threading.Event()
    ticker = threading.Thread(target=_tick, args=(clock, over))
    ticker.start()
    try:
        yield cluster, access, server
    finally:
        over.set()
        ticker.join()
        server.stop()


def server_url(server: KubeServer) -> str:
    """Start the server and tell the cluster's endpoint."""
    server.start()
    return server.url("bench")


def _tick(clock: SimClock, over: threading.Event) -> None:
    while not over.wait(0.01):
        clock.run_due()


def left_on_old(cluster: KubeCluster, nodes: int) -> int:
    """Pods still on the old nodes: a drain that is not finished counts for nothing."""
    return sum(len(cluster.pods_on(f"old-{number}")) for number in range(nodes))


async def by_engine(access: ClusterAccess) -> None:
    """Drain the old group with the project's engine."""
    async with KubeClient(access) as client:
        await drain(client, "old", DrainOptions(), deadline=time.time() + LIMIT_SECONDS)


def by_kubectl(access: ClusterAccess, nodes: int) -> None:
    """Drain the old nodes with one `kubectl drain`, as the runbook does."""
    user = {"token": access.token()}
    cluster = {
        "server": access.endpoint,
        "certificate-authority-data": access.certificate_authority,
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "bench", "cluster": cluster}],
        "users": [{"name": "bench", "user": user}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
        "current-context": "bench",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        names = [f"old-{number}" for number in range(nodes)]
        command = [str(ROOT / ".venv/bin/kubectl"), "--kubeconfig", file.name, "drain", *names]
        subprocess.run(command, check=True, capture_output=True, timeout=LIMIT_SECONDS)


def measure(options: argparse.Namespace, how: str) -> float:
    """Seconds that one way of draining takes on a fresh cluster."""
    with stage(options) as (cluster, access, _):
        began = time.monotonic()
        if how == "engine":
            asyncio.run(by_engine(access))
        else:
            by_kubectl(access, options.nodes)
        seconds = time.monotonic() - began
        if left_on_old(cluster, options.nodes):
            raise SystemExit(f"{how} left pods behind")
    print(f"{how:8} {seconds:7.1f} s")
    return seconds


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("nodes", "deployments", "replicas"):
        parser.add_argument(f"--{name}", type=int, default=20)
    options = parser.parse_args()
    engine = measure(options, "engine")
    kubectl = measure(options, "kubectl")
    print(f"kubectl drain / engine = {kubectl / engine:.1f}")


if __name__ == "__main__":
    main()

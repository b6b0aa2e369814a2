"""A rehearsal cluster to drain, in a process of its own and in real time.

    .venv/bin/python benchmarks/rehearsal_cluster.py --kubeconfig /tmp/bench.yaml

Old and new nodes (label `eks.amazonaws.com/nodegroup`: `old`, `new`), and Deployments whose pods
run on the old ones, two thirds of them under a budget of `maxUnavailable: 1`; every fourth is
five times as slow to start. Prints `ready FILE` when the
kubeconfig is written and all pods are up, then serves until it is interrupted.

The kubeconfig's tokens come from an exec plugin (`cat` of a file that is renewed here): kubectl and
the engine get them in the same way, and at no cost that would be measured.
"""

import argparse
import base64
import json
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402 - after the path is set
from botocore.auth import SigV4QueryAuth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

from include.rehearsal.clock import SimClock  # noqa: E402
from include.rehearsal.kube.api.server import KubeServer  # noqa: E402
from include.rehearsal.kube.cluster import KubeCluster  # noqa: E402
from include.rehearsal.kube.controllers.nodes.kubelet import READY_AFTER  # noqa: E402
from include.rehearsal.kube.controllers.timings import Timings  # noqa: E402

KEY, SECRET, REGION, CLUSTER = "AKIABENCHMARK", "secret", "eu-west-1", "bench"
HOST = f"sts.{REGION}.amazonaws.com"
GROUP_LABEL = "eks.amazonaws.com/nodegroup"

TOKEN_MINUTES = 14
RENEW_SECONDS = 45.0
"""A token counts for 15 minutes; a fresh one lies ready long before."""

TICK_SECONDS = 0.01

SLOW = 5
"""How many times as long every fourth Deployment's pods take to become Ready."""


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kubeconfig", type=Path, required=True, help="where to write it")
    for name in ("nodes", "deployments", "replicas"):
        parser.add_argument(f"--{name}", type=int, default=20)
    parser.add_argument("--unbudgeted", type=int, help="Deployments without a budget (a third)")
    parser.add_argument("--ready-seconds", type=float, default=1.0, help="from bound to Ready")
    parser.add_argument("--stop-seconds", type=float, default=0.5, help="from deletion to gone")
    parser.add_argument(
        "--until-input-ends", action="store_true", help="stop when standard input ends as well"
    )
    return parser.parse_args(words)


def add_nodes(cluster: KubeCluster, group: str, count: int) -> None:
    """`count` nodes of a node group, Ready at once."""
    for number in range(count):
        cluster.add_node(
            f"{group}-{number}",
            labels={GROUP_LABEL: group},
            taints=[],
            kubelet_version="v1.26.15-eks-1",
            instance_type="m5.4xlarge",
            zone=f"{REGION}a",
            instance_id=f"i-{group}{number}",
            image_id="ami-1",
            ready_after=0.0,
        )


def add_workloads(cluster: KubeCluster, asked: argparse.Namespace) -> None:
    """Deployments, most of them under a budget that lets one pod go at a time."""
    deployments, replicas = asked.deployments, asked.replicas
    unbudgeted = deployments // 3 if asked.unbudgeted is None else asked.unbudgeted
    for number in range(deployments):
        name = f"app-{number}"
        labels, meta = {"app": name}, {"name": name, "namespace": "shop"}
        slow = {READY_AFTER: str(SLOW * asked.ready_seconds)} if number % 4 == 3 else {}
        pod = {"containers": [{"name": "c", "image": "pause"}]}
        spec = {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels, "annotations": slow}, "spec": pod},
        }
        budget = {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
        for version, kind, body in (
            ("apps/v1", "Deployment", spec),
            *([("policy/v1", "PodDisruptionBudget", budget)] if number >= unbudgeted else []),
        ):
            cluster.apply({"apiVersion": version, "kind": kind, "metadata": meta, "spec": body})


def build(asked: argparse.Namespace, clock: SimClock) -> KubeCluster:
    """A settled cluster with all pods on the old nodes."""
    timings = Timings(start=0.0, ready=asked.ready_seconds, stop=asked.stop_seconds)
    cluster = KubeCluster(CLUSTER, "1.26", clock, timings=timings)
    with clock.lock:
        add_nodes(cluster, "old", asked.nodes)
        add_workloads(cluster, asked)
        clock.advance(60)
        add_nodes(cluster, "new", asked.nodes)
        clock.advance(10)
    return cluster


def write_credential(path: Path) -> None:
    """An ExecCredential with a token signed now; replaced in one step, for readers never wait."""
    url = f"https://{HOST}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest("GET", url, headers={"x-k8s-aws-id": CLUSTER})
    SigV4QueryAuth(Credentials(KEY, SECRET), "sts", REGION, expires=60).add_auth(request)
    token = base64.urlsafe_b64encode(str(request.url).encode()).decode().rstrip("=")
    ends = datetime.now(UTC) + timedelta(minutes=TOKEN_MINUTES)
    status = {
        "token": f"k8s-aws-v1.{token}",
        "expirationTimestamp": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    fresh = path.with_suffix(".new")
    fresh.touch(0o600)
    fresh.write_text(
        json.dumps(
            {
                "apiVersion": "client.authentication.k8s.io/v1",
                "kind": "ExecCredential",
                "status": status,
            }
        )
    )
    fresh.replace(path)


def write_kubeconfig(path: Path, server: KubeServer, credential: Path) -> None:
    """One context, whose exec plugin prints the credential's file."""
    authority = base64.b64encode(server.ca_pem.encode()).decode()
    place = {"server": server.url(CLUSTER), "certificate-authority-data": authority}
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat",
        "args": [str(credential)],
        "interactiveMode": "Never",
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CLUSTER, "cluster": place}],
        "users": [{"name": CLUSTER, "user": {"exec": plugin}}],
        "contexts": [{"name": CLUSTER, "context": {"cluster": CLUSTER, "user": CLUSTER}}],
        "current-context": CLUSTER,
    }
    path.write_text(yaml.safe_dump(config, sort_keys=False))


def serve(clock: SimClock, credential: Path, over: threading.Event) -> None:
    """Let time pass and keep the token fresh until it is over."""
    renewed = time.monotonic()
    while not over.wait(TICK_SECONDS):
        clock.run_due()
        if time.monotonic() - renewed > RENEW_SECONDS:
            write_credential(credential)
            renewed = time.monotonic()


def main(words: list[str] | None = None) -> None:
    """Serve until it is interrupted."""
    asked = arguments(words)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    clock = SimClock(speed=1.0)
    cluster = build(asked, clock)
    server = KubeServer({CLUSTER: cluster}, clock, credentials={KEY: SECRET}, allowed_hosts={HOST})
    credential = asked.kubeconfig.absolute().with_suffix(".token")
    server.start()
    try:
        write_credential(credential)
        write_kubeconfig(asked.kubeconfig, server, credential)
        print(f"ready {asked.kubeconfig}", flush=True)
        if asked.until_input_ends:
            threading.Thread(target=_when_input_ends, args=(over,), daemon=True).start()
        serve(clock, credential, over)
    finally:
        server.stop()
        credential.unlink(missing_ok=True)
    for failure in (*server.failures, *clock.failures):
        print(failure, file=sys.stderr)


def _when_input_ends(over: threading.Event) -> None:
    """Whoever started this holds its input open; when that process is gone, so is the need."""
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    main()

"""A rehearsal of one large cluster, in a process of its own and in real time.

    .venv/bin/python benchmarks/scale_cluster.py --groups 30 --nodes 1000 --pods 20000

Node groups `old-0`, `old-1`, … whose nodes carry the pods, and a few large nodes of the group `new`
for those that move. The pods are Deployments' of `--replicas` each, in many namespaces, two thirds
of them under a budget of `maxUnavailable: 1`. They are put on their nodes here: the simulated
scheduler looks at every node for every pod, which takes an hour at this size.

Prints one line of JSON, the environment variables that lead to it, and serves until its standard
input ends.
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from include.rehearsal.environment import Rehearsal  # noqa: E402 - after the path is set
from include.rehearsal.kube.cluster import KubeCluster  # noqa: E402
from include.rehearsal.scenario import PlainOptions, plain  # noqa: E402

CLUSTER = "scale"
GROUP_LABEL = "eks.amazonaws.com/nodegroup"
NAMESPACES = 50
NEW_NODE_PODS = 234
"""Pods that a node of the group `new` holds."""

ROOM = 1.2
"""Room on the new nodes, as a share of the pods there are."""


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("groups", 30), ("nodes", 1000), ("pods", 20_000), ("replicas", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args(words)


def build(cluster: KubeCluster, asked: argparse.Namespace) -> None:
    """Nodes and workloads; the clock's lock is held."""
    new = math.ceil(asked.pods * ROOM / NEW_NODE_PODS)
    for number in range(new):
        _add_node(cluster, f"new-{number}", "new", "m5.8xlarge")
    old = max(asked.groups, asked.nodes - new)
    names = [f"ip-10-0-{n // 250}-{n % 250}.eu-west-1.compute.internal" for n in range(old)]
    for number, name in enumerate(names):
        _add_node(cluster, name, f"old-{number % asked.groups}", "m5.4xlarge")
    deployments = max(1, asked.pods // asked.replicas)
    for number in range(deployments):
        _add_deployment(cluster, number)
    cluster.clock.run_due()
    for number in range(deployments):
        first = number * asked.replicas
        nodes = [names[(first + n) % old] for n in range(asked.replicas)]
        _fill(cluster, number, nodes)


def _add_node(cluster: KubeCluster, name: str, group: str, instance_type: str) -> None:
    cluster.add_node(
        name,
        labels={GROUP_LABEL: group},
        taints=[],
        kubelet_version="v1.33.5-eks-1",
        instance_type=instance_type,
        zone="eu-west-1a",
        instance_id=f"i-{name}",
        image_id="ami-1",
        ready_after=0.0,
    )


def _meta(number: int) -> dict[str, Any]:
    return {"name": f"app-{number}", "namespace": f"team-{number % NAMESPACES}"}


def _add_deployment(cluster: KubeCluster, number: int) -> None:
    """A Deployment without pods yet, so that its ReplicaSet is there."""
    labels = {"app.kubernetes.io/name": f"app-{number}"}
    environment = [{"name": f"SETTING_{n}", "value": "x" * 40} for n in range(8)]
    container = {"name": "main", "image": f"registry.example/app-{number}:1", "env": environment}
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    meta = _meta(number)
    cluster.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec})
    if number % 3:
        budget = {"maxUnavailable": 1, "selector": {"matchLabels": labels}}
        kind = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget"}
        cluster.apply({**kind, "metadata": meta, "spec": budget})


def _fill(cluster: KubeCluster, number: int, nodes: list[str]) -> None:
    """The pods of a Deployment, on these nodes, and the Deployment wanting as many."""
    namespace, store = _meta(number)["namespace"], cluster.store
    (replica_set,) = (
        found
        for found in store.list("replicasets", namespace)
        if found["metadata"]["name"].rpartition("-")[0] == f"app-{number}"
    )
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": replica_set["metadata"]["name"],
        "uid": replica_set["metadata"]["uid"],
        "controller": True,
    }
    template = replica_set["spec"]["template"]
    for place, node in enumerate(nodes):
        meta = {
            "name": f"{owner['name']}-{place:05d}",
            "namespace": namespace,
            "labels": template["metadata"]["labels"],
            "ownerReferences": [owner],
        }
        spec = {**template["spec"], "nodeName": node}
        cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})

    def wanted(workload: dict[str, Any]) -> None:
        workload["spec"]["replicas"] = len(nodes)

    # Both before a controller acts: a ReplicaSet that wants none would delete what it finds.
    store.change("replicasets", namespace, owner["name"], wanted)
    store.change("deployments", namespace, f"app-{number}", wanted)


def main(words: list[str] | None = None) -> None:
    """Serve until standard input ends."""
    asked = arguments(words)
    with Rehearsal(speed=1.0) as rehearsal:
        rehearsal.clock.speed = 0.0
        options = PlainOptions(groups=(), addons={})
        plain(rehearsal.world, CLUSTER, "1.33", 1, options)
        began = time.monotonic()
        with rehearsal.clock.lock:
            build(rehearsal.world.clusters[CLUSTER], asked)
        rehearsal.clock.advance(120)
        rehearsal.clock.speed = 1.0
        print(f"built in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        print(json.dumps(rehearsal.environment), flush=True)
        sys.stdin.read()
        for failure in rehearsal.clock.failures:
            print(failure, file=sys.stderr)


if __name__ == "__main__":
    main()

"""One of the scenes of `prediction_scenes.py`, served in a process of its own and in real time.

    .venv/bin/python benchmarks/prediction_cluster.py --scene runbook --kubeconfig /tmp/scene.yaml

Old nodes that carry the pods, and as many new ones (label `eks.amazonaws.com/nodegroup`: `old`,
`new`). Prints `ready FILE`, then serves until its standard input ends.
"""

import argparse
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.prediction_scenes import SCENES, Scene  # noqa: E402 - after the path is set
from benchmarks.rehearsal_cluster import (  # noqa: E402
    CLUSTER,
    GROUP_LABEL,
    HOST,
    KEY,
    REGION,
    SECRET,
    serve,
    write_credential,
    write_kubeconfig,
)
from include.rehearsal.clock import SimClock  # noqa: E402
from include.rehearsal.kube.api.server import KubeServer  # noqa: E402
from include.rehearsal.kube.cluster import KubeCluster  # noqa: E402

SETTLE_SECONDS = 900.0
"""Simulated, before it is served: everything runs, and Jobs are in the middle of their work."""


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scene", choices=SCENES, required=True)
    parser.add_argument("--kubeconfig", type=Path, required=True, help="where to write it")
    return parser.parse_args(words)


def add_nodes(cluster: KubeCluster, group: str, count: int) -> None:
    """Nodes of a group, Ready at once; the messy cluster's Jobs ask for the label `pool`."""
    for number in range(count):
        cluster.add_node(
            f"{group}-{number}",
            labels={GROUP_LABEL: group, "pool": "batch"},
            taints=[],
            kubelet_version="v1.26.15-eks-1",
            instance_type="m5.4xlarge",
            zone=f"{REGION}a",
            instance_id=f"i-{group}{number}",
            image_id="ami-1",
            ready_after=0.0,
        )


def build(scene: Scene, clock: SimClock) -> KubeCluster:
    """The scene with all pods on the old nodes."""
    cluster = KubeCluster(CLUSTER, "1.26", clock)
    with clock.lock:
        add_nodes(cluster, "old", scene.nodes)
        for manifest in scene.make():
            cluster.apply(manifest)
        clock.advance(SETTLE_SECONDS)
        add_nodes(cluster, "new", scene.nodes)
        clock.advance(1)
    return cluster


def main(words: list[str] | None = None) -> None:
    """Serve until the input ends."""
    asked = arguments(words)
    over = threading.Event()
    clock = SimClock(speed=1.0)
    cluster = build(SCENES[asked.scene], clock)
    server = KubeServer({CLUSTER: cluster}, clock, credentials={KEY: SECRET}, allowed_hosts={HOST})
    credential = asked.kubeconfig.absolute().with_suffix(".token")
    server.start()
    try:
        write_credential(credential)
        write_kubeconfig(asked.kubeconfig, server, credential)
        print(f"ready {asked.kubeconfig}", flush=True)
        threading.Thread(target=_when_input_ends, args=(over,), daemon=True).start()
        serve(clock, credential, over)
    finally:
        server.stop()
        credential.unlink(missing_ok=True)


def _when_input_ends(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    main()

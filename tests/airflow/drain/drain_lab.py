"""A rehearsal cluster with two node groups: one is drained, the other takes its pods."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger

from include.rehearsal.environment import Rehearsal
from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.worker import Run, environment, parameters

SPEED = 60.0
CLUSTER = "plain"
VERSION = "1.33"
LABEL = "eks.amazonaws.com/nodegroup"
SOLO = App("shop", "solo", 1, {"maxUnavailable": 0})
"""One replica under a budget that can never allow its eviction."""
EASY = App("shop", "easy", 8, {"maxUnavailable": 1})


class DrainLab:
    """The cluster, and what was done to it.

    Attributes:
        old: the node group that is drained, one with a pod of the first Deployment.
        new: the other one.
        begun: number of the journal's entry from which on is counted.
    """

    def __init__(self, rehearsal: Rehearsal, first: str) -> None:
        self.rehearsal, self.first = rehearsal, first
        self.begin()

    def begin(self) -> None:
        """As it was at first: nodes uncordoned, pods spread over both groups; count anew."""
        clock = self.rehearsal.clock
        with clock.lock:
            store = self.rehearsal.world.clusters[CLUSTER].store
            for node in store.list("nodes"):
                store.change("nodes", None, node["metadata"]["name"], _uncordon)
            for pod in store.list("pods"):
                meta = pod["metadata"]
                if not meta["name"].startswith(f"{self.first}-"):
                    store.remove("pods", meta["namespace"], meta["name"])
        clock.advance(300)
        on_left = any(name.startswith(f"{self.first}-") for name in self.pods("left"))
        self.old, self.new = ("left", "right") if on_left else ("right", "left")
        self.begun = self.requests()

    @property
    def kube(self) -> KubeServer:
        """The API servers, for faults."""
        assert self.rehearsal.kube_server is not None
        return self.rehearsal.kube_server

    @property
    def address(self) -> ClusterAddress:
        return ClusterAddress(CLUSTER, "aws_default", self.rehearsal.world.region)

    @property
    def pair(self) -> dict[str, str]:
        """The node group that is drained and the one that takes its pods."""
        return {
            "nodegroup_name": self.old,
            "replacement_name": self.new,
            "to_version": VERSION,
        }

    def run(self, *answers: str | None) -> Run:
        asked = parameters(cluster_name=CLUSTER, region=self.rehearsal.world.region)
        return Run(asked, answers=list(answers))

    def drain(self, run: Run, **options: Any) -> dict[str, Any]:
        """Execute the task to its end, people's answers included."""
        given = {"ignore_daemonsets": True, "timeout_minutes": 1.0, **self.pair}
        done: dict[str, Any] = run.do("drain_old", EksDrainNodesOperator, **{**given, **options})
        return done

    def trigger(self, seconds: float = 30.0, **options: Any) -> EksDrainTrigger:
        """The trigger of the task, quick to try again."""
        not_before = options.pop("not_before", 0.0)
        made = EksDrainTrigger.within(
            seconds / 60,
            self.address,
            poll_seconds=0.05,
            nodegroup_name=self.old,
            options={"ignore_daemonsets": True, **options},
            mark="manual__1",
            not_before=not_before,
            carry=None,
        )
        assert isinstance(made, EksDrainTrigger)
        return made

    def pods(self, group: str) -> list[str]:
        """Names of the pods on a node group, without those of DaemonSets."""
        with self.rehearsal.clock.lock:
            store = self.rehearsal.world.clusters[CLUSTER].store
            nodes = {
                node["metadata"]["name"]: node["metadata"]["labels"] for node in store.list("nodes")
            }
            return sorted(
                pod["metadata"]["name"]
                for pod in store.list("pods")
                if nodes.get(pod["spec"].get("nodeName"), {}).get(LABEL) == group
                and pod["metadata"]["ownerReferences"][0]["kind"] != "DaemonSet"
            )

    def left(self) -> list[str]:
        """Names of the pods that are still on the old nodes."""
        return self.pods(self.old)

    def done(self, operation: str) -> Counter[str]:
        """How often an operation was done, by `namespace/name`; names of pods come once only."""
        entries = self.rehearsal.world.journal.entries(operation=operation, since=self.begun)
        return Counter(entry.target for entry in entries if entry.done)

    def requests(self) -> int:
        """How many requests both sides have had."""
        return self.rehearsal.world.journal.last


@contextmanager
def drain_lab(*apps: App, nodes: int = 2, speed: float = SPEED) -> Iterator[DrainLab]:
    """The cluster with these Deployments, spread over both groups."""
    with Rehearsal(speed=speed) as rehearsal, pytest.MonkeyPatch.context() as patch:
        manifests = tuple(one for app in apps for one in deployment(app))
        options = PlainOptions(groups=("left", "right"), addons={}, manifests=manifests)
        plain(rehearsal.world, CLUSTER, VERSION, nodes, options)
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        yield DrainLab(rehearsal, apps[0].name)
        assert rehearsal.clock.failures == []


def _uncordon(node: dict[str, Any]) -> None:
    node["spec"].pop("unschedulable", None)
    node["metadata"].get("annotations", {}).pop("eks-upgrade/cordoned-by", None)

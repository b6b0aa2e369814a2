"""How many pods of each workload are Ready, kept up to date pod by pod.

A look at thirty node groups asks this for some hundred workloads each; nothing is counted anew.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from include.eks_upgrade.verification.pods import PodState


class Tally:
    """Every pod of a cluster by its workload and its node.

    Pods are told apart by uid: a StatefulSet's next pod has the name of the one before it.

    Attributes:
        ready: Ready pods by workload.
        gated: pods that are kept from the scheduler on purpose, by workload.
    """

    def __init__(self) -> None:
        self.ready: Counter[str] = Counter()
        self.gated: Counter[str] = Counter()
        self._pods: dict[str, dict[str, PodState]] = defaultdict(dict)
        self._stuck: dict[str, PodState] = {}
        self._on: dict[str, dict[str, PodState]] = defaultdict(dict)

    def change(self, old: PodState | None, new: PodState | None) -> None:
        """A pod was `old` and is `new`; None before it was there, and None when it is gone."""
        if old is not None:
            self._remove(old)
        if new is not None:
            self._add(new)

    def pods(self, workload: str) -> list[PodState]:
        """The pods of a workload that have not come to their end."""
        return list(self._pods.get(workload, {}).values())

    def crashing(self, workload: str) -> int:
        """How many of its pods crash in a loop at this moment."""
        return sum(pod.crashing for pod in self._pods.get(workload, {}).values())

    def stuck(self) -> list[PodState]:
        """Pods of workloads that are to run to an end, and cannot start."""
        return list(self._stuck.values())

    def on(self, nodes: Collection[str]) -> Iterator[PodState]:
        """The pods on these nodes that a drain has to move."""
        for node in nodes:
            yield from self._on.get(node, {}).values()

    def _add(self, pod: PodState) -> None:
        if pod.finished:
            return
        if pod.node and not pod.stays:
            self._on[pod.node][pod.uid] = pod
        if pod.short_lived and pod.stuck:
            self._stuck[pod.uid] = pod
        self.ready[pod.workload] += pod.ready
        self.gated[pod.workload] += pod.gated
        self._pods[pod.workload][pod.uid] = pod

    def _remove(self, pod: PodState) -> None:
        if pod.finished:
            return
        self.ready[pod.workload] -= pod.ready
        self.gated[pod.workload] -= pod.gated
        self._stuck.pop(pod.uid, None)
        for index, name in ((self._on, pod.node), (self._pods, pod.workload)):
            found = index.get(name, {})
            found.pop(pod.uid, None)
            if name in index and not found:
                del index[name]  # nodes and workloads come and go for as long as this lives
        if pod.workload not in self._pods:
            del self.ready[pod.workload], self.gated[pod.workload]

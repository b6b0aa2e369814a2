"""The pods of each workload, and how many of them a drain has sent away. No I/O.

A workload is known by its family (`Pod.family`), which its pods keep when they are replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from include.eks_upgrade.drain.availability.implied import ImpliedBudget, implied_budget
from include.eks_upgrade.drain.pod_index import PodIndex
from include.eks_upgrade.drain.scale_index import ScaleIndex
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.scale import Scale


@dataclass(slots=True)
class Sent:
    """What was sent away of one workload.

    Attributes:
        pods: uids of pods that a drain asked to go.
        replaced: how many pods have come since, at most as many as were sent.
        came: uids of pods that came, replacements or not.
    """

    pods: set[str] = field(default_factory=set)
    replaced: int = 0
    came: set[str] = field(default_factory=set)

    @property
    def unreplaced(self) -> int:
        """Pods that were sent and for which none has come yet."""
        return len(self.pods) - self.replaced


_NOTHING = Sent()


class SentAway:
    """What the drains of one cluster in this process have sent away, by family.

    Two node groups are drained side by side, and many a workload has pods on both: what one
    drain sends away is missing for the other as well, before any watch shows it.
    """

    def __init__(self) -> None:
        self.by_family: dict[str, Sent] = {}

    def of(self, family: str) -> Sent:
        """What was sent away of a workload."""
        return self.by_family.setdefault(family, Sent())

    def ask(self, pod: Pod) -> None:
        """A pod is asked to go."""
        if pod.family:
            self.of(pod.family).pods.add(pod.uid)

    def take_back(self, pod: Pod) -> None:
        """The request came to nothing."""
        sent = self.of(pod.family)
        sent.pods.discard(pod.uid)
        sent.replaced = min(sent.replaced, len(sent.pods))

    def came(self, pod: Pod) -> None:
        """A pod has appeared; every drain of the cluster tells so."""
        sent = self.by_family.get(pod.family)
        # Where nothing was sent there is nothing to replace: a workload that grows meanwhile
        # must not seem to have its replacements in advance.
        if sent is not None and pod.uid not in sent.came:
            sent.came.add(pod.uid)
            sent.replaced = min(sent.replaced + 1, len(sent.pods))


_SHARED: WeakValueDictionary[str, SentAway] = WeakValueDictionary()


def sent_away(cluster: str) -> SentAway:
    """What is shared by the drains of a cluster (its endpoint) for as long as one of them runs."""
    found = _SHARED.get(cluster)
    if found is None:
        found = _SHARED[cluster] = SentAway()
    return found


class Families:
    """All workloads of a cluster: their pods, and what their controllers say.

    Args:
        sent: what the drains of this cluster have sent away.
        pods: the cluster's pods.
        scales: its Deployments, and its StatefulSets.
    """

    def __init__(self, sent: SentAway, pods: PodIndex, scales: Sequence[ScaleIndex] = ()) -> None:
        self.sent = sent
        self._pods, self._scales = pods, scales

    def scale(self, family: str) -> Scale | None:
        """What a workload's controller says, when it is a Deployment or a StatefulSet."""
        found = (index.by_family.get(family) for index in self._scales)
        return next((scale for scale in found if scale is not None), None)

    def nodes(self, family: str) -> set[str]:
        """The nodes of a workload's pods that neither stop nor have ended."""
        return set(self._pods.family(family).alive.values())

    def ready(self, family: str) -> int:
        """Pods of a workload that are seen to be Ready, those just asked to go among them."""
        return len(self._pods.family(family).ready)

    def budget(self, family: str) -> ImpliedBudget:
        """The budget that a workload is treated as having."""
        alive, sent = self._pods.family(family).alive, self.sent.by_family.get(family, _NOTHING)
        members = len(alive) - len(alive.keys() & sent.pods) + sent.unreplaced
        return implied_budget(self.scale(family), members)

    def room(self, family: str) -> int:
        """How many of a workload's Ready pods may go now."""
        ready, sent = self._pods.family(family).ready, self.sent.by_family.get(family, _NOTHING)
        return self.budget(family).room(len(ready), len(ready & sent.pods))

"""The pods of each workload, and how many of them a drain has sent away. No I/O.

A workload is known by its family (`Pod.family`), which its pods keep when they are replaced.
"""

from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from include.eks_upgrade.drain.availability.implied import ImpliedBudget, implied_budget
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.scale import Scale


@dataclass(slots=True)
class Family:
    """One workload.

    Attributes:
        alive: by uid, the node of each of its pods that neither stops nor has ended; empty while
            it has none.
        ready: uids of those that are Ready.
    """

    alive: dict[str, str] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)


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
    """

    def __init__(self, sent: SentAway) -> None:
        self.sent = sent
        self.scales: dict[str, Scale] = {}
        self._families: dict[str, Family] = {}

    def put_scale(self, scale: Scale) -> None:
        """A Deployment or StatefulSet is there, or has changed."""
        self.scales[scale.family] = scale

    def drop_scale(self, scale: Scale) -> None:
        """It has gone."""
        self.scales.pop(scale.family, None)

    def put(self, pod: Pod, *, there: bool) -> None:
        """Take in a pod as it is now, or take it out."""
        if not pod.family:
            return
        family = self._families.setdefault(pod.family, Family())
        alive = there and not pod.terminating and not pod.finished
        if alive:
            family.alive[pod.uid] = pod.node
        else:
            family.alive.pop(pod.uid, None)
        if alive and pod.ready:
            family.ready.add(pod.uid)
        else:
            family.ready.discard(pod.uid)
        if not family.alive:
            del self._families[pod.family]

    def nodes(self, family: str) -> set[str]:
        """The nodes of a workload's pods that neither stop nor have ended."""
        return set(self._family(family).alive.values())

    def ready(self, family: str) -> int:
        """Pods of a workload that are seen to be Ready, those just asked to go among them."""
        return len(self._family(family).ready)

    def budget(self, family: str) -> ImpliedBudget:
        """The budget that a workload is treated as having."""
        alive, sent = self._family(family).alive, self.sent.by_family.get(family, _NOTHING)
        members = len(alive) - len(alive.keys() & sent.pods) + sent.unreplaced
        return implied_budget(self.scales.get(family), members)

    def room(self, family: str) -> int:
        """How many of a workload's Ready pods may go now."""
        ready, sent = self._family(family).ready, self.sent.by_family.get(family, _NOTHING)
        return self.budget(family).room(len(ready), len(ready & sent.pods))

    def _family(self, family: str) -> Family:
        return self._families.get(family) or Family()

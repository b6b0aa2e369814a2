"""Every pod of a cluster, found by workload, by node and by what is wrong with it. No I/O.

Drains of one cluster in one process share one index: it is kept by the mirror that they share
(`kube.mirror.Mirror.indexed_by`), and takes in each change once, before any of them is told.
"""

from dataclasses import dataclass, field

from include.eks_upgrade.kube.objects import Pod


@dataclass(slots=True)
class Family:
    """One workload.

    Attributes:
        alive: by uid, the node of each of its pods that neither stops nor has ended; empty while
            it has none.
        ready: uids of those that are Ready.
        unschedulable: by uid, those for which the scheduler finds no node.
    """

    alive: dict[str, str] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    unschedulable: dict[str, Pod] = field(default_factory=dict)


_NONE = Family()


class PodIndex:
    """What is known of all pods.

    Attributes:
        unready: by uid, pods that run, or are to run, and are not Ready.
        unschedulable: by family, those for which the scheduler finds no node.
        by_node: by node and uid, the pods bound to it.
    """

    def __init__(self) -> None:
        self.unready: dict[str, Pod] = {}
        self.unschedulable: dict[str, dict[str, Pod]] = {}
        self.by_node: dict[str, dict[str, Pod]] = {}
        self._families: dict[str, Family] = {}

    def change(self, old: Pod | None, new: Pod | None) -> None:
        """Take in what a pod was and what it is now."""
        # The old one is taken out first: a pod can change its node, its readiness or, through its
        # labels, its workload, and would stay in the place that it had.
        if old is not None:
            self._take_out(old)
        if new is not None:
            self._put_in(new)

    def family(self, name: str) -> Family:
        """A workload's pods that neither stop nor have ended; not to be changed."""
        return self._families.get(name, _NONE)

    def _put_in(self, pod: Pod) -> None:
        if pod.node:
            self.by_node.setdefault(pod.node, {})[pod.uid] = pod
        # A pod that is stopping or has ended is unready and without a node for good reason, and
        # explains nothing about the others.
        if pod.terminating or pod.finished:
            return
        if not pod.ready:
            self.unready[pod.uid] = pod
        if not pod.family:
            return  # pods without a controller have no workload in common: none stands for another
        family = self._families.setdefault(pod.family, Family())
        family.alive[pod.uid] = pod.node
        if pod.ready:
            family.ready.add(pod.uid)
        if pod.unschedulable and not pod.node:
            family.unschedulable[pod.uid] = pod
            self.unschedulable[pod.family] = family.unschedulable

    def _take_out(self, pod: Pod) -> None:
        there = self.by_node.get(pod.node, {})
        there.pop(pod.uid, None)
        if not there:
            self.by_node.pop(pod.node, None)
        self.unready.pop(pod.uid, None)
        family = self._families.get(pod.family)
        if family is None:
            return
        family.alive.pop(pod.uid, None)
        family.ready.discard(pod.uid)
        family.unschedulable.pop(pod.uid, None)
        if not family.unschedulable:
            self.unschedulable.pop(pod.family, None)
        if not family.alive:
            del self._families[pod.family]

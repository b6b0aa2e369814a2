"""Which pods of a node go, which stay, and which a drain must not touch without permission.

The rules and their order are those of `kubectl drain` (k8s.io/kubectl/pkg/drain/filters.go; the
answers of kubectl 1.37 are recorded in tests/recordings/kubectl-drain.json), with
three differences: all reasons against a pod are named, not only the first; a pod that is already
terminating is waited for, never refused and never evicted again; and a pod of a DaemonSet of
others, which would be started on the cordoned node again and again, counts as a DaemonSet's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.selectors import parse_selector
from include.eks_upgrade.kube.workloads.workload import Workload

Alive = Collection[tuple[str, str]]
"""`(namespace, name)` of the DaemonSets that exist; a set, so that looking it up is cheap."""


class ObjectionKind(StrEnum):
    """Why a pod needs permission; the value is the option that gives it."""

    DAEMON_SET = "ignore_daemonsets"
    EMPTY_DIR = "delete_emptydir_data"
    UNMANAGED = "force_unmanaged_pods"


_FLAG = {
    ObjectionKind.DAEMON_SET: "--ignore-daemonsets",
    ObjectionKind.EMPTY_DIR: "--delete-emptydir-data",
    ObjectionKind.UNMANAGED: "--force",
}

_WHAT = {
    ObjectionKind.DAEMON_SET: "belongs to a DaemonSet, which would start it on the node again",
    ObjectionKind.EMPTY_DIR: "has an emptyDir volume, whose data is lost with the pod",
    ObjectionKind.UNMANAGED: "has no controller that would start it elsewhere",
}

_OBSTACLE = {
    ObjectionKind.DAEMON_SET: "DaemonSet pod {pod}",
    ObjectionKind.EMPTY_DIR: "emptyDir data of {pod}",
    ObjectionKind.UNMANAGED: "pod without controller {pod}",
}

_CONSEQUENCE = {
    ObjectionKind.DAEMON_SET: ("it then stays on its node", "they then stay on their nodes"),
    ObjectionKind.EMPTY_DIR: ("its emptyDir data is then lost", "their emptyDir data is then lost"),
    ObjectionKind.UNMANAGED: ("it is then gone for good", "they are then gone for good"),
}
"""For one pod, and for several."""


@dataclass(frozen=True)
class Objection:
    """One reason why a drain without options would refuse a pod."""

    pod: Pod
    kind: ObjectionKind
    orphan: bool = False

    @property
    def parameter(self) -> str:
        """The option that lifts it."""
        return str(self.kind)

    @property
    def what(self) -> str:
        """What is in the way."""
        if self.orphan:
            return "belongs to a DaemonSet that no longer exists: nothing would start it again"
        return _WHAT[self.kind]

    @property
    def flag(self) -> str:
        """The flag of `kubectl drain` that lifts it."""
        return _FLAG[self.kind]

    @property
    def obstacle(self) -> Obstacle:
        """It as an obstacle that the parameter has lifted."""
        return self.as_obstacle()

    def as_obstacle(self, *, flags: bool = False) -> Obstacle:
        """It as an obstacle that has been lifted, by the parameter or by kubectl's flag."""
        return Obstacle(_OBSTACLE[self.kind].format(pod=self.pod), self.lifter(flags=flags))

    def obstacle_of(self, pods: str) -> str:
        """The same obstacle with a phrase for several pods in place of its own one."""
        if self.orphan:
            return f"without controller any more: {pods}"
        return f"emptyDir data of {pods}" if self.kind is ObjectionKind.EMPTY_DIR else pods

    def lifter(self, *, flags: bool = False) -> str:
        """What lifts it: the option or, with `flags`, kubectl's flag."""
        return self.flag if flags else self.parameter

    def problem(self, *, flags: bool = False) -> Problem:
        """It as a reason to stop, with the parameter or kubectl's flag as the remedy."""
        return Problem(f"pod {self.pod} on {self.pod.node}", self.what, self.remedy(flags=flags))

    def remedy(self, *, flags: bool = False, several: bool = False) -> str:
        """What to do about it, for its own pod or for several."""
        way = f"give {self.flag}" if flags else f"set {self.parameter} to true"
        pods = "the pods" if several else "the pod"
        return f"{way} ({_CONSEQUENCE[self.kind][several]}), or remove {pods}"

    def sentence(self, *, flags: bool = False) -> str:
        """It as a line of a log."""
        return f"pod {self.pod} {self.what} ({self.lifter(flags=flags)} lifts this)"

    def __str__(self) -> str:
        return self.sentence()


@dataclass(frozen=True)
class FilterResult:
    """What is to become of one pod.

    Attributes:
        action: `evict`, `stay` (left alone), `leaving` (already terminating) or `refuse`.
        why: for a pod that stays, why it does.
        refused: what the options do not allow; only with `refuse`.
        lifted: what the options allow.
    """

    pod: Pod
    action: str
    why: str = ""
    refused: tuple[Objection, ...] = ()
    lifted: tuple[Objection, ...] = ()


def filter_pods(
    pods: Iterable[Pod], daemonsets: Collection[Workload], options: DrainOptions
) -> list[FilterResult]:
    """A result for each pod that `pod_selector` selects, in the order of namespace and name.

    Raises:
        Refused: the pod selector cannot be read.
    """
    alive = {(daemon.namespace, daemon.name) for daemon in daemonsets}
    selector = parse_selector(options.pod_selector)
    chosen = [pod for pod in pods if selector.selects(pod.labels)]
    return [filter_pod(pod, alive, options) for pod in sorted(chosen, key=str)]


def filter_pod(pod: Pod, alive: Alive, options: DrainOptions) -> FilterResult:
    """What is to become of one pod; one that `pod_selector` leaves out stays.

    Raises:
        Refused: the pod selector cannot be read.
    """
    if not parse_selector(options.pod_selector).selects(pod.labels):
        return FilterResult(pod, "stay", f"not selected by {options.pod_selector}")
    found = objections(pod, alive)
    refused = tuple(reason for reason in found if not getattr(options, reason.parameter))
    lifted = tuple(reason for reason in found if reason not in refused)
    if refused:
        return FilterResult(pod, "refuse", refused=refused, lifted=lifted)
    if _of_daemonset(pod) and _exists(pod, alive):
        return FilterResult(pod, "stay", f"pod of {pod.owner}", lifted=lifted)
    if pod.mirror:
        return FilterResult(pod, "stay", "static pod of the node's kubelet", lifted=lifted)
    return FilterResult(pod, "leaving" if pod.terminating else "evict", lifted=lifted)


def objections(pod: Pod, alive: Alive) -> list[Objection]:
    """Everything a drain without options has against a pod, in the order of kubectl's filters.

    Its filter for DaemonSets comes before the one for static pods, which itself ends the chain.
    """
    if pod.terminating:
        return []
    found = []
    if _of_daemonset(pod):
        if _exists(pod, alive):
            return [Objection(pod, ObjectionKind.DAEMON_SET)]
        found.append(Objection(pod, ObjectionKind.UNMANAGED, orphan=True))
    if pod.mirror or pod.finished:
        return found
    if pod.empty_dir:
        found.append(Objection(pod, ObjectionKind.EMPTY_DIR))
    if pod.owner is None:
        found.append(Objection(pod, ObjectionKind.UNMANAGED))
    return found


def _of_daemonset(pod: Pod) -> bool:
    """Whether a DaemonSet is its controller; of a finished pod that no longer counts."""
    return pod.of_daemonset and not pod.finished


def _exists(pod: Pod, alive: Alive) -> bool:
    """Whether its DaemonSet does; those of others are not looked up."""
    if pod.owner is None:
        return False
    return not pod.owner.daemonset or (pod.namespace, pod.owner.name) in alive

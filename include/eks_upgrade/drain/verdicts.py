"""Which pods of a node go, which stay, and which a drain must not touch without being told.

The rules are those of `kubectl drain` (k8s.io/kubectl/pkg/drain/filters.go; the answers of
kubectl 1.37 are recorded in tests/recordings/kubectl-drain.json), with two differences: all
reasons against a pod are told, not only the first, and a pod that is already terminating
is waited for and never refused.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from include.eks_upgrade.deed import Obstacle
from include.eks_upgrade.errors import Problem, Refused
from include.eks_upgrade.kube.objects import Pod, Workload
from include.eks_upgrade.request import DrainOptions


class Kind(StrEnum):
    """Why a pod needs permission; the value is the DAG parameter that gives it."""

    DAEMON_SET = "ignore_daemonsets"
    EMPTY_DIR = "delete_emptydir_data"
    UNMANAGED = "force_unmanaged_pods"


_WHAT = {
    Kind.DAEMON_SET: "belongs to a DaemonSet, which would start it on the node again",
    Kind.EMPTY_DIR: "has an emptyDir volume, whose data is lost with the pod",
    Kind.UNMANAGED: "has no controller that would start it elsewhere",
}

_OBSTACLE = {
    Kind.DAEMON_SET: "DaemonSet pod {pod}",
    Kind.EMPTY_DIR: "emptyDir data of {pod}",
    Kind.UNMANAGED: "pod without controller {pod}",
}

_CONSEQUENCE = {
    Kind.DAEMON_SET: "it then stays on its node",
    Kind.EMPTY_DIR: "its emptyDir data is then lost",
    Kind.UNMANAGED: "it is then gone for good",
}


@dataclass(frozen=True)
class Objection:
    """One reason why a drain without options would refuse a pod."""

    pod: Pod
    kind: Kind
    orphan: bool = False

    @property
    def parameter(self) -> str:
        """The DAG parameter that lifts it."""
        return str(self.kind)

    @property
    def what(self) -> str:
        """What is in the way."""
        if self.orphan:
            return "belongs to a DaemonSet that no longer exists: nothing would start it again"
        return _WHAT[self.kind]

    @property
    def problem(self) -> Problem:
        """It as a reason to stop."""
        remedy = f"set {self.parameter} to true ({_CONSEQUENCE[self.kind]}), or remove the pod"
        return Problem(f"pod {self.pod} on {self.pod.node}", self.what, remedy)

    @property
    def obstacle(self) -> Obstacle:
        """It as an obstacle that the parameter has lifted."""
        return Obstacle(_OBSTACLE[self.kind].format(pod=self.pod), self.parameter)

    def __str__(self) -> str:
        return f"pod {self.pod} {self.what} ({self.parameter} lifts this)"


@dataclass(frozen=True)
class Verdict:
    """What is to become of one pod.

    Attributes:
        action: `evict`, `stay` (left alone), `leaving` (already terminating) or `refuse`.
        why: for a pod that stays, in words.
        refused: what the options do not allow; only with `refuse`.
        lifted: what the options allow.
    """

    pod: Pod
    action: str
    why: str = ""
    refused: tuple[Objection, ...] = ()
    lifted: tuple[Objection, ...] = ()


def judge(
    pods: Iterable[Pod], daemonsets: Collection[Workload], options: DrainOptions
) -> list[Verdict]:
    """A verdict for each pod, in the order of namespace and name."""
    alive = {(daemon.namespace, daemon.name) for daemon in daemonsets}
    return [_judge(pod, alive, options) for pod in sorted(pods, key=str)]


def objections(pod: Pod, alive: Collection[tuple[str, str]]) -> list[Objection]:
    """Everything a drain without options has against a pod.

    Args:
        pod: the pod.
        alive: `(namespace, name)` of the DaemonSets that exist.
    """
    if pod.mirror or pod.finished or pod.terminating:
        return []
    if _daemon(pod, alive):
        return [Objection(pod, Kind.DAEMON_SET)]
    found = []
    if pod.empty_dir:
        found.append(Objection(pod, Kind.EMPTY_DIR))
    orphan = pod.owner is not None and pod.owner.kind == "DaemonSet"
    if pod.owner is None or orphan:
        found.append(Objection(pod, Kind.UNMANAGED, orphan))
    return found


def bare_refusals(pods: Iterable[Pod], daemonsets: Collection[Workload]) -> list[Objection]:
    """What a drain without any option would refuse, pod by pod."""
    verdicts = judge(pods, daemonsets, DrainOptions())
    return [objection for verdict in verdicts for objection in verdict.refused]


def refuse_if_any(title: str, verdicts: Iterable[Verdict]) -> None:
    """Stop before anything is evicted when any pod may not be moved.

    Raises:
        Refused: naming every such pod and the parameter that lifts each reason.
    """
    problems = [reason.problem for verdict in verdicts for reason in verdict.refused]
    if problems:
        raise Refused(title, problems)


def _judge(pod: Pod, alive: Collection[tuple[str, str]], options: DrainOptions) -> Verdict:
    if pod.mirror:
        return Verdict(pod, "stay", "static pod of the node's kubelet")
    found = objections(pod, alive)
    refused = tuple(reason for reason in found if not getattr(options, reason.parameter))
    lifted = tuple(reason for reason in found if reason not in refused)
    if refused:
        return Verdict(pod, "refuse", refused=refused, lifted=lifted)
    if _daemon(pod, alive) and not pod.finished:
        return Verdict(pod, "stay", f"pod of {pod.owner}", lifted=lifted)
    return Verdict(pod, "leaving" if pod.terminating else "evict", lifted=lifted)


def _daemon(pod: Pod, alive: Collection[tuple[str, str]]) -> bool:
    owner = pod.owner
    return owner is not None and owner.kind == "DaemonSet" and (pod.namespace, owner.name) in alive

"""The budget that a workload without a disruption budget is treated as having. Pure.

Nobody wrote down how many of its pods may be away at once, but its controller has an opinion: what
it would allow itself in a rollout is what a drain allows itself. A controller that has none may
miss one.
"""

from dataclasses import dataclass
from functools import lru_cache

from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.scale import ROLLING, Scale, scaled

ONE_AT_A_TIME = "one pod at a time"
"""The rule of a controller that says nothing."""


@dataclass(frozen=True, slots=True)
class ImpliedBudget:
    """How many pods of a workload must be Ready while its pods are moved.

    Attributes:
        wanted: pods it is to have.
        allowed: how many of them may be away; at least one.
        rule: where that number comes from, in words.
    """

    wanted: int
    allowed: int
    rule: str

    @property
    def keeps(self) -> int:
        """Pods that must stay Ready."""
        return max(0, self.wanted - self.allowed)

    def room(self, ready: int, asked: int = 0) -> int:
        """How many more of its Ready pods may go now.

        Args:
            ready: pods that are seen to be Ready.
            asked: those of them that were asked to go, which a watch does not show yet.
        """
        # What is Ready beyond what is wanted does not count: the workload was just scaled down,
        # or rolls out, and its own controller is about to take those pods.
        return min(ready, self.wanted) - asked - self.keeps


def has_implied_budget(pod: Pod) -> bool:
    """Whether the Ready pods of a pod's workload count, when no disruption budget covers it."""
    # A DaemonSet's pod that has to go has lost its DaemonSet, so nothing replaces it. A Job has no
    # number of pods to keep Ready: its pods come to an end by themselves.
    owner = pod.owner
    return owner is not None and not owner.daemonset and not owner.job


def implied_budget(scale: Scale | None, members: int) -> ImpliedBudget:
    """The budget that a workload's own controller implies.

    Args:
        scale: the workload, when it is a Deployment or a StatefulSet.
        members: pods it has, for controllers of other kinds, whose `spec` says nothing known.
    """
    if scale is None:
        return _budget(members, 1, ONE_AT_A_TIME)
    return _budget(scale.wanted, *_own_limit(scale))


@lru_cache(maxsize=1000)
def _budget(wanted: int, allowed: int, rule: str) -> ImpliedBudget:
    """One value for all workloads of which the same is asked: there are thousands."""
    return ImpliedBudget(wanted, allowed, rule)


def _own_limit(scale: Scale) -> tuple[int, str]:
    """How many of its pods a Deployment or StatefulSet lets its own rollout take, and the words."""
    # An absent limit: the API server writes 25 % into every Deployment, and 1 is a StatefulSet's.
    written = scale.max_unavailable or ("25%" if scale.kind == "Deployment" else "")
    if scale.strategy != ROLLING or not written:
        return 1, ONE_AT_A_TIME
    # Both controllers round down and never stay at nothing: a Deployment because nothing else
    # would roll when it may not surge either (`deploymentutil.ResolveFenceposts`), a StatefulSet
    # always (`getStatefulSetMaxUnavailable`).
    allowed = max(1, min(scaled(written, scale.wanted, up=False), scale.wanted))
    return allowed, f"maxUnavailable {written} of its own strategy"

"""Why a pod is still on its node: a class, a sentence, and what a person can do about it.

The values; `explain` finds them. docs/drain.md has the runbook of each class.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from include.eks_upgrade.kube.objects import Budget, Node, Pod


class BlockClass(StrEnum):
    """The classes of pods that wait; the value is the key in the parameter `when_blocked`."""

    BUDGET_FULL = "budget_full"
    NEVER_ALLOWED = "never_allowed"
    NEVER_HEALTHY = "never_healthy"
    REFUSED = "refused"
    SLOW_TO_STOP = "slow_to_stop"
    NOWHERE_TO_GO = "nowhere_to_go"
    WORKLOAD_UNREADY = "workload_unready"

    @property
    def label(self) -> str:
        """It for people."""
        return _LABELS[self]


_LABELS = {
    BlockClass.BUDGET_FULL: "will pass when the budget has room again",
    BlockClass.NEVER_ALLOWED: "can never pass as things are",
    BlockClass.NEVER_HEALTHY: "an unhealthy pod uses the budget up",
    BlockClass.REFUSED: "refused",
    BlockClass.SLOW_TO_STOP: "slow to stop",
    BlockClass.NOWHERE_TO_GO: "nowhere to go",
    BlockClass.WORKLOAD_UNREADY: "will pass when more pods of its workload are Ready",
}

UNHEALTHY_SECONDS = 300.0
"""A pod that has not been Ready for as long is counted as one that never will be."""

STOPPING_SECONDS = 15.0
"""A pod that stops within as long is reported as stopping, not as waiting."""

OVERDUE_SECONDS = 30.0
"""How long past its grace period a pod may be before that is called a block."""

MAX_LISTED_NAMES = 3
"""Objects that one sentence names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Block:
    """What keeps one pod on its node.

    Attributes:
        text: what is in the way, with the budget's counts.
        remedy: what a person can do about it; empty when waiting is enough.
        budgets: `namespace/name` of the budgets over it.
        since: epoch seconds at which this cause began; 0 when not known.
        at_once: it will not lift by itself, so there is nothing to wait for.
    """

    pod: Pod
    cause: BlockClass
    text: str
    remedy: str = ""
    budgets: tuple[str, ...] = ()
    since: float = 0.0
    at_once: bool = False

    def began(self, since: float) -> "Block":
        """The same, with the time at which its cause began."""
        return replace(self, since=since)

    def with_note(self, note: str) -> "Block":
        """The same, with why a restart of the rollout does not help."""
        return replace(self, remedy=f"{self.remedy} (a restart does not help: {note})".strip())

    def is_lasting(self, now: float, after_seconds: float) -> bool:
        """Whether it has lasted too long to be ordinary waiting."""
        return self.at_once or now - self.since >= after_seconds

    def __str__(self) -> str:
        when = f" since {time_of_day(self.since)}" if self.since else ""
        help_ = f"; remedy: {self.remedy}" if self.remedy else ""
        where = f" on {self.pod.node}" if self.pod.node else ""
        return f"pod {self.pod}{where}: {self.text} ({self.cause.label}{when}){help_}"


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget and what is known of the pods it counts, in the whole cluster.

    Attributes:
        unhealthy: pods under it that are not Ready and will not become so by waiting.
        unschedulable: replacements under it for which the scheduler finds no node.
        families: the workloads whose pods it counts.
    """

    budget: Budget
    unhealthy: tuple[Pod, ...] = ()
    unschedulable: tuple[Pod, ...] = ()
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known around one pod.

    Attributes:
        now: epoch seconds.
        over: the budgets over it.
        message: the server's, when it last refused its eviction for no budget's sake.
        asked: epoch seconds of its accepted eviction, None before.
        unschedulable: pods of the same workload for which the scheduler finds no node, when that
            keeps it back.
        returned: how often pods of the same workload came back to the nodes that are drained.
        node: its node.
        shortage: why a workload without a budget lets none of its pods go now; empty if it does.
    """

    now: float
    over: tuple[BudgetState, ...] = ()
    message: str = ""
    asked: float | None = None
    unschedulable: tuple[Pod, ...] = ()
    returned: int = 0
    node: Node | None = None
    shortage: str = ""


def is_unhealthy(pod: Pod, now: float) -> bool:
    """Whether a pod is not Ready and will hardly become so by waiting."""
    if pod.ready or pod.terminating or pod.finished or not pod.node:
        return False
    long = pod.not_ready_since is not None and now - pod.not_ready_since >= UNHEALTHY_SECONDS
    return pod.crash_looping or long


def time_of_day(epoch: float) -> str:
    """A time of day as it stands in a log: `03:12:45 UTC`."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%H:%M:%S UTC")

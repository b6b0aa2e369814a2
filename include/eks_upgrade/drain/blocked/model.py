"""Why a pod is still on its node: a class, a sentence, and what a person can do about it.

The values; `drain.explaining` finds them. docs/drain.md has the runbook of each class.
"""

from collections.abc import Collection
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

    @property
    def words(self) -> str:
        """It for people."""
        return _WORDS[self]


_WORDS = {
    BlockClass.BUDGET_FULL: "will pass when the budget has room again",
    BlockClass.NEVER_ALLOWED: "can never pass as things are",
    BlockClass.NEVER_HEALTHY: "an unhealthy pod uses the budget up",
    BlockClass.REFUSED: "refused",
    BlockClass.SLOW_TO_STOP: "slow to stop",
    BlockClass.NOWHERE_TO_GO: "nowhere to go",
}

SICK_SECONDS = 300.0
"""A pod that has not been Ready for as long is counted as one that never will be."""

STOPPING_SECONDS = 15.0
"""A pod that stops within as long is told of as stopping, not as waiting."""

OVERDUE_SECONDS = 30.0
"""How long past its grace period a pod may be before that is called a block."""

NAMES = 3
"""Objects that one sentence names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Hold:
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

    def began(self, since: float) -> "Hold":
        """The same, with the time at which its cause began."""
        return replace(self, since=since)

    def with_note(self, note: str) -> "Hold":
        """The same, with why a restart of the rollout does not help."""
        return replace(self, remedy=f"{self.remedy} (a restart does not help: {note})".strip())

    def is_block(self, now: float, after_seconds: float) -> bool:
        """Whether it has lasted too long to be ordinary waiting."""
        return self.at_once or now - self.since >= after_seconds

    def __str__(self) -> str:
        when = f" since {clock_words(self.since)}" if self.since else ""
        help_ = f"; remedy: {self.remedy}" if self.remedy else ""
        where = f" on {self.pod.node}" if self.pod.node else ""
        return f"pod {self.pod}{where}: {self.text} ({self.cause.words}{when}){help_}"


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget and what is known of the pods it counts, in the whole cluster.

    Attributes:
        sick: pods under it that are not Ready and will not become so by waiting.
        homeless: replacements under it for which the scheduler finds no node.
        families: the workloads whose pods it counts.
    """

    budget: Budget
    sick: tuple[Pod, ...] = ()
    homeless: tuple[Pod, ...] = ()
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known around one pod.

    Attributes:
        now: epoch seconds.
        over: the budgets over it.
        words: the server's, when it last refused its eviction for no budget's sake.
        asked: epoch seconds of its accepted eviction, None before.
        homeless: its kin for which the scheduler finds no node, when that holds it back.
        returned: how often kin of it has come back to the nodes that are drained.
        node: its node.
    """

    now: float
    over: tuple[BudgetState, ...] = ()
    words: str = ""
    asked: float | None = None
    homeless: tuple[Pod, ...] = ()
    returned: int = 0
    node: Node | None = None


def is_sick(pod: Pod, now: float) -> bool:
    """Whether a pod is not Ready and will hardly become so by waiting."""
    if pod.ready or pod.terminating or pod.finished or not pod.node:
        return False
    long = pod.not_ready_since is not None and now - pod.not_ready_since >= SICK_SECONDS
    return pod.crash_looping or long


def clock_words(epoch: float) -> str:
    """A time of day as it stands in a log: `03:12:45 UTC`."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%H:%M:%S UTC")


def some(names: Collection[object], most: int = NAMES) -> str:
    """The first names, and how many more there are."""
    first = ", ".join(str(name) for name in list(names)[:most])
    return first + (f" and {len(names) - most} more" if len(names) > most else "")

"""Whether a ring may begin: pure, over what became of the rings before it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from include.eks_upgrade.common.text import first_few, unstopped
from include.eks_upgrade.fleet.file.model import Threshold
from include.eks_upgrade.fleet.judge_ring import Standing
from include.eks_upgrade.fleet.plan import Action, RingPlan


class RingState(StrEnum):
    """What a ring's first task has decided."""

    BEGUN = "begun"
    EMPTY = "nothing to do"
    LEFT = "not begun"


@dataclass(frozen=True, kw_only=True)
class RingSoFar:
    """What is known of a ring of this run.

    Attributes:
        name: of the ring.
        state: what its first task decided; None: it never came to that.
        standing: of its verdict; None: it was not judged.
        why: a sentence of the one or the other.
    """

    name: str
    state: RingState | None = None
    standing: Standing | None = None
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether the next ring may begin."""
        if self.state is RingState.EMPTY:
            return True
        return self.state is RingState.BEGUN and self.standing is Standing.HELD


def why_ring_waits(before: Sequence[RingSoFar]) -> str:
    """Why a ring does not begin; empty when it may.

    Args:
        before: the rings before it, in their order.
    """
    for ring in before:
        if not ring.passed:
            return _because(ring)
    return ""


def _because(ring: RingSoFar) -> str:
    if ring.standing is not None:
        return f"the ring before it, '{ring.name}', is {ring.standing}"
    if ring.state is RingState.LEFT:
        return f"the ring before it, '{ring.name}', was not begun: {ring.why}"
    why = ring.why or "it did not come to its end"
    return f"the ring before it, '{ring.name}', was not judged: {why}"


def without_runs(
    ring: RingPlan | None, threshold: Threshold, by_persons: Collection[str]
) -> tuple[RingState, str]:
    """What a ring is in which nothing is to be upgraded now.

    Nothing to do, when its clusters are where they should be, or enough of them for its threshold.
    A canary that is frozen as a whole has shown nothing, and the next ring waits for it.

    Args:
        ring: as planned; None: the plan has none of that name.
        threshold: of the ring.
        by_persons: ARNs of clusters that people want left alone; they are not waited for.
    """
    clusters = [each for each in ring.clusters if each.arn not in by_persons] if ring else []
    done = [each for each in clusters if each.action is Action.DONE]
    waiting = [each for each in clusters if each.action is not Action.DONE]
    if not waiting or len(done) >= max(1, threshold.successes):
        return RingState.EMPTY, "no cluster of it is to be upgraded in this window"
    named = first_few([f"{each.title} ({unstopped(each.why)})" for each in waiting], separator="; ")
    return RingState.LEFT, f"none of its clusters may go now, and too few are done: {named}"


def none_may_go(why_not: Mapping[str, str]) -> str:
    """Why a ring is left in which nothing may begin any more; empty: something may.

    A window may close while the ring before it bakes: then nobody is asked, and nobody reads that
    this ring has begun.

    Args:
        why_not: by the cluster's title why it may not begin; empty where it may.
    """
    if not why_not or not all(why_not.values()):
        return ""
    named = [f"{title} ({unstopped(why)})" for title, why in why_not.items()]
    return f"none of its clusters may go now: {first_few(named, separator='; ')}"

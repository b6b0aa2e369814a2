"""When it is a node group's turn in a run that replaces several of them.

Pure, and decided from how far the groups before it have come, never from those behind it: so two
groups that look at the same moment cannot both take the last place, and a group that is done again
by itself, after all have ended, goes at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.text import first_few


class GroupEnd(Enum):
    """How the replacement of one node group has ended in this run."""

    OPEN = "open"
    """It has not: it waits, is at work, is tried again, or a person is asked."""
    REPLACED = "replaced"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Turn:
    """A group's place in the order, and the groups before it.

    Attributes:
        name: of the old node group.
        before: names of the groups before it in the order; the first is the canary.
        at_once: how many groups behind the canary may be at work at the same time, one or more.
    """

    name: str
    before: tuple[str, ...]
    at_once: int


def turn_outcome(turn: Turn, ends: Sequence[GroupEnd]) -> Outcome:
    """Whether the group may begin.

    Args:
        turn: whose turn it is about.
        ends: of each group of `turn.before`, how it has ended.
    """
    groups = list(zip(turn.before, ends, strict=True))
    stopped = [name for name, end in groups if end is GroupEnd.STOPPED]
    if stopped:
        return Failed(_held_back(turn, stopped))
    if not groups:
        return Done(f"node group '{turn.name}' goes first")
    canary, canary_end = groups[0]
    if canary_end is GroupEnd.OPEN:
        return NotYet(f"node group '{turn.name}' waits until the canary '{canary}' is replaced")
    at_work = [name for name, end in groups if end is GroupEnd.OPEN]
    if len(at_work) >= turn.at_once:
        return NotYet(
            f"node group '{turn.name}' waits: {len(at_work)} before it, and {turn.at_once} at a "
            f"time (max_groups_at_once): {first_few(at_work)}"
        )
    beside = f", beside {first_few(at_work)}" if at_work else ""
    return Done(f"it is the turn of node group '{turn.name}'{beside}")


def _held_back(turn: Turn, stopped: Sequence[str]) -> str:
    canary = ", the canary," if stopped[0] == turn.before[0] else ""
    others = f" (and {first_few(stopped[1:])})" if stopped[1:] else ""
    return (
        f"node group '{turn.name}' is not begun: '{stopped[0]}'{canary} was to be replaced before "
        f"it and was not{others}. '{turn.name}' is untouched. Put right what stopped "
        f"'{stopped[0]}' and do that again first, then repeat {Stage.TURN.title} for '{turn.name}'"
    )

"""When each node group's turn comes: the canary by itself, then so many at a time, in order."""

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import takewhile


def in_turns(
    minutes: Sequence[float | None], begin: float, at_once: int
) -> tuple[tuple[float | None, ...], float | None]:
    """When groups begin, and when the last of them has ended, as `planning/turn.py` lets them.

    Args:
        minutes: that each takes, in the plan's order; None for one that does not end.
        begin: when the first begins.
        at_once: `max_groups_at_once`.

    Returns:
        Behind a group that does not end nothing is known: no begin, and no end of the whole.
    """
    known = list(takewhile(lambda one: one is not None, minutes))
    begins: list[float | None] = []
    busy: list[float] = []
    canary_ends = last = begin
    for place, each in enumerate(known):
        turn = canary_ends if len(busy) < max(1, at_once) else max(canary_ends, heappop(busy))
        end = turn + (each or 0.0)
        begins.append(turn)
        last = max(last, end)
        if place == 0:
            canary_ends = end
        else:
            heappush(busy, end)
    stopped = len(known) < len(minutes)
    if stopped and not known:
        begins.append(begin)
    begins += [None] * (len(minutes) - len(begins))
    return tuple(begins), None if stopped else last

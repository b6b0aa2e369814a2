"""When it is a cluster's turn in its ring. Pure.

Decided from how many of the others have ended, never from who is at work: so two that look at the
same moment cannot both take the last place.
"""

from dataclasses import dataclass
from datetime import datetime

from include.eks_upgrade.common.outcome import Done, NotYet, Outcome

AGAIN = "again"
"""Key of the data of a wait that has ended without the turn: what forbids it is to be asked."""


@dataclass(frozen=True, kw_only=True)
class RingTurn:
    """A cluster's place in its ring.

    Attributes:
        title: of the cluster.
        place: how many are before it; negative: it has its turn, and waits for nothing but a pause.
        at_once: how many may be at work at the same time.
        latest: the last moment at which it may begin; None: there is none.
        failures: so many failed upgrades end the wait, for the ring may be broken by then.
    """

    title: str
    place: int
    at_once: int
    latest: datetime | None = None
    failures: int | None = None


@dataclass(frozen=True, kw_only=True)
class RingNow:
    """How the others of the ring are: how many have ended, how many of them failed; and the state.

    `stopped` and `paused` are sentences, empty when it is not so.
    """

    now: datetime
    ended: int = 0
    failed: int = 0
    stopped: str = ""
    paused: str = ""


def turn(mine: RingTurn, seen: RingNow) -> Outcome:
    """Whether the cluster's turn has come, or it has to be asked whether it still can."""
    if seen.stopped:
        return Done(seen.stopped, {AGAIN: True})
    if mine.latest is not None and seen.now >= mine.latest:
        return Done(f"{mine.title}: there is no time left for it", {AGAIN: True})
    if mine.failures is not None and seen.failed >= mine.failures:
        return Done(f"{mine.title}: {seen.failed} of its ring have failed", {AGAIN: True})
    if seen.paused:
        return NotYet(f"{mine.title} waits: {seen.paused}")
    if mine.place >= mine.at_once + seen.ended:
        before = mine.place - seen.ended
        return NotYet(f"{mine.title} waits: {before} before it, and {mine.at_once} go at a time")
    return Done(f"it is the turn of {mine.title}")

"""What a failure is to whoever has to decide about the next try: a class, a pace, and words."""

from dataclasses import dataclass
from enum import Enum

BASE_SECONDS = {"retry soon": 15.0, "retry later": 120.0, "needs a person": 0.0, "bug": 30.0}
LONGEST_SECONDS = {"retry soon": 300.0, "retry later": 600.0, "needs a person": 0.0, "bug": 30.0}


class FailureClass(Enum):
    """The four classes of failures; every failure is in exactly one.

    RETRY_SOON: throttling, 5xx, broken connections, timeouts, credentials that ran out: the same
        request may succeed in seconds.
    RETRY_LATER: somebody else is at work on the same thing, there is no capacity at this
        moment, or what was just made is not seen yet: minutes.
    NEEDS_A_PERSON: a rule, a right, a quota, a failed update: the answer stays the same.
    BUG: nobody foresaw it, in this code or in an answer; tried once more, for all steps look
        before they act.
    """

    RETRY_SOON = "retry soon"
    RETRY_LATER = "retry later"
    NEEDS_A_PERSON = "needs a person"
    BUG = "bug"


@dataclass(frozen=True)
class Failure:
    """One failure, classified.

    Attributes:
        kind: its class.
        message: what happened, in AWS's, Kubernetes' or our own words.
        code: AWS's code or Kubernetes' reason; empty without one.
        tries: how many tries are worth while at most, the first among them; None: as many as
            whoever repeats it allows.
        credentials: it is about who asks; fresh credentials may be answered differently.
    """

    kind: FailureClass
    message: str
    code: str = ""
    tries: int | None = None
    credentials: bool = False

    @property
    def passes(self) -> bool:
        """Whether it goes away without anyone doing anything."""
        return self.kind in {FailureClass.RETRY_SOON, FailureClass.RETRY_LATER}


def worth_another_try(failure: Failure, tried: int) -> bool:
    """Whether to try again after `tried` tries (1: the first has failed)."""
    if failure.kind is FailureClass.NEEDS_A_PERSON:
        return False
    return failure.tries is None or tried < failure.tries


def pause_seconds(failure: Failure, tried: int, spread: float) -> float:
    """Seconds until the next try: doubled with each one, up to the class's longest.

    Args:
        failure: what happened.
        tried: how many tries there were; 1 after the first.
        spread: a random number from 0 to 1; of the pause, between half and all of it is waited,
            so that the runs of a fleet do not come back together.
    """
    kind = failure.kind.value
    whole = min(LONGEST_SECONDS[kind], BASE_SECONDS[kind] * 2.0 ** min(tried - 1, 16))
    return whole * (0.5 + spread / 2)

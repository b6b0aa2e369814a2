"""Whether a run that begins now is expected to end in time: one rule for plan and start.

The end of a window is not what counts but its cutoff, the reserve for what takes longer than
expected: a run begins only when it is expected to end before the cutoff. What runs is finished.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.fleet.windows.words import moment_words, span_words


def too_late(
    expected: Expectation, begins: datetime, must_end_by: datetime | None, zone: str = "UTC"
) -> str:
    """Why a run that begins then would not end in time; empty when it is expected to.

    Args:
        expected: how long the run takes.
        begins: when it would begin.
        must_end_by: when it has to have ended; None: it may take its time.
        zone: in which people read these times.
    """
    if must_end_by is None or begins + timedelta(minutes=expected.minutes) <= must_end_by:
        return ""
    left = max(timedelta(), must_end_by - begins)
    return (
        f"it is expected to take {span_words(timedelta(minutes=expected.minutes))} "
        f"({expected.source}), and the time until {moment_words(must_end_by, zone)}, when it has "
        f"to have ended, is {span_words(left)}"
    )


def runs_that_fit(
    each: Sequence[Expectation], begins: datetime, must_end_by: datetime | None
) -> int:
    """How many of these runs, one after the other, are expected to end in time."""
    if must_end_by is None:
        return len(each)
    left = (must_end_by - begins).total_seconds() / 60
    return sum(1 for needed in accumulate(one.minutes for one in each) if needed <= left)

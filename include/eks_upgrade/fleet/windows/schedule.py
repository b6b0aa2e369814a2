"""When the fleet's next run starts: at every opening of any window, and never for a closed one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.windows.openings import next_after, openings

_INSTANT = timedelta(microseconds=1)


def next_start(
    windows: Sequence[Window],
    now: datetime,
    *,
    last: datetime | None = None,
    earliest: datetime | None = None,
) -> datetime | None:
    """The opening for which a run is to be made next; None when none comes.

    One that is open and has had no run is taken now, late, as long as something may begin in it:
    the scheduler may have been down when it opened. Of several the latest: its run serves all
    that are open. Openings that are over are not made up for.

    Args:
        windows: of all clusters.
        now: the present moment.
        last: the start of the opening for which the latest run was made.
        earliest: openings before it are none.
    """
    missed = [
        opening.start
        for opening in openings(windows, now, now + _INSTANT)
        if now < opening.cutoff
        and (last is None or opening.start > last)
        and (earliest is None or opening.start >= earliest)
    ]
    if missed:
        return max(missed)
    coming = next_after(windows, max(_given(now, last, earliest and earliest - _INSTANT)))
    return coming.start if coming else None


def _given(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment]

"""When windows are open, in real time.

A window starts by the wall clock of its zone and ends by elapsed time: four hours are four hours
in the nights of daylight saving changes, too.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.windows.cron import wall_clock_starts
from include.eks_upgrade.fleet.windows.opening import Opening
from include.eks_upgrade.fleet.windows.wall_clock import moment_at, wall_clock_at

LOOK_AHEAD = timedelta(days=14)
"""How far openings that follow one another without a break are joined; no upgrade takes longer."""
REMEMBERED = 4096
"""Answers that are kept: hundreds of clusters ask the same of the same windows."""
_SLACK = timedelta(days=2)
"""More than any zone's clock is ever moved."""


def openings(windows: Sequence[Window], begin: datetime, end: datetime) -> list[Opening]:
    """Openings of which some part lies between the two moments, each window's own, by start."""
    found: list[Opening] = []
    for window in windows:
        for opening in _from(window, begin - _length(window)):
            if opening.start >= end:
                break
            if opening.end > begin:
                found.append(opening)
    return sorted(found)


def open_at(windows: Sequence[Window], moment: datetime) -> Opening | None:
    """The opening at a moment; None when all windows are shut.

    Openings that overlap or follow one another without a break are one: it ends with the last of
    them, and the last of their cutoffs is its cutoff.
    """
    return _open_at(_times_of(windows), moment)


@lru_cache(maxsize=REMEMBERED)
def _open_at(windows: Sequence[Window], moment: datetime) -> Opening | None:
    ahead = openings(windows, moment, moment + LOOK_AHEAD)
    parts = [opening for opening in ahead if opening.contains(moment)]
    if not parts:
        return None
    end = max(part.end for part in parts)
    for opening in ahead:
        if moment < opening.start <= end:
            parts.append(opening)
            end = max(end, opening.end)
    return _joined(parts)


def next_after(windows: Sequence[Window], moment: datetime) -> Opening | None:
    """The first opening that starts after a moment; of several the one that closes last."""
    return _next_after(_times_of(windows), moment)


@lru_cache(maxsize=REMEMBERED)
def _next_after(windows: Sequence[Window], moment: datetime) -> Opening | None:
    firsts = [next(each for each in _from(one, moment) if each.start > moment) for one in windows]
    return min(firsts, key=lambda each: (each.start, -each.end.timestamp()), default=None)


def _times_of(windows: Sequence[Window]) -> tuple[Window, ...]:
    """The windows without their selectors, which have no hash."""
    return tuple(window.model_copy(update={"clusters": None}) for window in windows)


def _from(window: Window, moment: datetime) -> Iterator[Opening]:
    """Openings of one window, from some time before a moment on, in order."""
    zone = ZoneInfo(window.zone)
    later = timedelta(days=window.offset_days)
    begin = wall_clock_at(moment, zone) - later - _SLACK
    moments = (moment_at(at + later, zone) for at in wall_clock_starts(window.start, begin))
    # Two times that a clock jumps over are one moment.
    return (_opening(window, start) for start, _ in groupby(moments))


def _opening(window: Window, start: datetime) -> Opening:
    end = start + _length(window)
    cutoff = end - timedelta(minutes=window.cutoff_minutes)
    return Opening(start, end, cutoff=max(start, cutoff), window=window.name, zone=window.zone)


def _length(window: Window) -> timedelta:
    return timedelta(minutes=window.duration_minutes)


def _joined(parts: Sequence[Opening]) -> Opening:
    """One opening out of several, with the names of all and the zone of the first."""
    return Opening(
        start=min(part.start for part in parts),
        end=max(part.end for part in parts),
        cutoff=max(part.cutoff for part in parts),
        window=" + ".join(dict.fromkeys(part.window for part in parts)),
        zone=parts[0].zone,
    )

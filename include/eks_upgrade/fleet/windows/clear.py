"""Openings as far as no freeze is on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.windows.freezes import FOREVER, FrozenSpan, frozen_at
from include.eks_upgrade.fleet.windows.opening import Opening
from include.eks_upgrade.fleet.windows.openings import next_after, open_at

_MOST_LOOKS = 500
"""How many openings and freezes are looked at for one opening that is of use."""
_INSTANT = timedelta(microseconds=1)


def clear_at(
    windows: Sequence[Window], spans: Sequence[FrozenSpan], moment: datetime
) -> Opening | None:
    """What is open at a moment at which no freeze is on; it ends when the next freeze begins."""
    opening = open_at(windows, moment)
    return _clipped(opening, spans, moment) if opening else None


def next_clear(
    windows: Sequence[Window], spans: Sequence[FrozenSpan], moment: datetime
) -> Opening | None:
    """The first opening that starts after a moment, at a time at which something may begin.

    One that starts in a freeze is none, though it may be open when the freeze has ended: runs
    begin at starts.
    """
    after = moment
    for _ in range(_MOST_LOOKS):
        opening = next_after(windows, after)
        if opening is None:
            return None
        span = frozen_at(spans, opening.start)
        usable = clear_at(windows, spans, opening.start)
        if not span and usable and usable.cutoff > opening.start:
            return opening
        if span and span.end == FOREVER:
            return None
        after = span.end - _INSTANT if span else opening.start
    return None


def _clipped(opening: Opening, spans: Sequence[FrozenSpan], moment: datetime) -> Opening:
    """Without what a later freeze takes; the cutoff stays as long before the end."""
    end = min([opening.end, *(span.begin for span in spans if span.begin > moment)])
    return replace(opening, end=end, cutoff=end - (opening.end - opening.cutoff))

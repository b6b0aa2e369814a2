"""Whether a run of the fleet is in a window. Its first task asks, whatever the scheduler thinks.

Airflow may start a run long after its moment: when a paused DAG is resumed, when the scheduler was
down, when a queue was long, when somebody clears an old run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.fleet.file.model import Bypass, FleetFile, Window
from include.eks_upgrade.fleet.windows.opening import Opening
from include.eks_upgrade.fleet.windows.openings import next_after, open_at, openings
from include.eks_upgrade.fleet.windows.words import (
    moment_words,
    next_words,
    opening_words,
    span_words,
)

SCHEDULED = "scheduled"
_INSTANT = timedelta(microseconds=1)
_PUNCTUAL = timedelta(minutes=5)
"""A run that starts within it is not called late."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Whether a run may go on.

    Attributes:
        go: it may.
        opening: in which it is; None for one that goes on with bypassed clusters alone.
        message: for the log and the report, in whole sentences.
    """

    go: bool
    opening: Opening | None = None
    message: str


def guard(file: FleetFile, run_type: str, meant_for: datetime | None, now: datetime) -> Guard:
    """Judge a run by the windows of all clusters.

    Args:
        file: the fleet file as it is now.
        run_type: Airflow's: `scheduled`, or another, which counts as by hand.
        meant_for: a scheduled run's logical date, the start of the opening it was made for.
        now: the present moment.
    """
    scheduled = run_type == SCHEDULED and meant_for is not None
    meant = meant_for if scheduled else None
    opening = open_at(file.windows, now)
    if opening and now < opening.cutoff:
        return Guard(go=True, opening=opening, message=_inside(file.windows, opening, meant, now))
    bypasses = [each for each in file.bypasses if each.windows and now < each.until]
    if bypasses and not scheduled:
        return Guard(go=True, message=_bypassed(bypasses))
    return Guard(
        go=False,
        opening=opening,
        message=" ".join(
            [
                _meant_for(file.windows, meant, now) if meant else _by_hand(now),
                _closed(file.windows, opening, now),
                "Nothing is done." if scheduled else f"Nothing is done. {_WAYS_OUT}",
            ]
        ),
    )


_WAYS_OUT = (
    "What cannot wait: trigger this DAG again with a reason in `outside_windows`, or first give"
    " those clusters a bypass with an end in the fleet file."
)


def _inside(
    windows: Sequence[Window], opening: Opening, meant: datetime | None, now: datetime
) -> str:
    cutoff = moment_words(opening.cutoff, opening.zone)
    said = f"In the opening {opening_words(opening)}; nothing begins from {cutoff} on."
    if meant is None or now - meant < _PUNCTUAL:
        return said
    return f"{_meant_for(windows, meant, now)} {said}"


def _meant_for(windows: Sequence[Window], meant: datetime, now: datetime) -> str:
    late = f"and starts {span_words(now - meant)} late"
    starting = [each for each in openings(windows, meant, meant + _INSTANT) if each.start == meant]
    if not starting:
        moment = moment_words(meant, windows[0].zone if windows else "UTC")
        return (
            f"This run was made for {moment}, {late};"
            " the fleet file has no window any more that opens then."
        )
    last = max(starting, key=lambda each: each.end)
    return f"This run was made for the opening {opening_words(last)}, {late}."


def _by_hand(now: datetime) -> str:
    return f"This run was started by hand at {moment_words(now, 'UTC')}."


def _closed(windows: Sequence[Window], opening: Opening | None, now: datetime) -> str:
    if not windows:
        return "The fleet file has no windows."
    coming = next_words(next_after(windows, now))
    if opening is None:
        return f"All windows are shut; {coming}."
    cutoff = moment_words(opening.cutoff, opening.zone)
    return f"{opening_words(opening)} is past its cutoff, {cutoff}; {coming}."


def _bypassed(bypasses: Sequence[Bypass]) -> str:
    named = [f"until {moment_words(each.until, 'UTC')}: {each.reason}" for each in bypasses]
    return (
        "Outside of all windows; only clusters with a bypass are upgraded"
        f" ({first_few(named, separator='; ')})."
    )

"""The schedule of the fleet's DAG: a run at every opening of any window.

The windows are stored with the DAG, so the scheduler reads no file; a changed fleet file counts
when the DAG's file is parsed again. Airflow's cron timetables were no use: one zone for all, no
days between day and opening, a missed slot started days late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.timezone import coerce_datetime
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.windows.schedule import next_start

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction
    from pendulum import DateTime

MOST_IN_SUMMARY = 2
DESCRIPTION_LENGTH = 1000
"""Airflow's column has so many characters."""


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class FleetTimetable(Timetable):
    """Runs at the openings of windows; without any it schedules nothing and says why.

    Args:
        windows: of all clusters.
        why_none: why there are none, for people; empty when there are some.
    """

    clock: Callable[[], datetime] = staticmethod(utc_now)
    """Tests step it."""

    def __init__(self, windows: Sequence[Window], why_none: str = "") -> None:
        self.windows = tuple(windows)
        self.why_none = "" if windows else why_none or "The fleet file has no windows."
        self.can_be_scheduled = bool(windows)
        self.description = self._words()[:DESCRIPTION_LENGTH]

    @property
    def summary(self) -> str:
        """What the UI shows as the schedule."""
        if len(self.windows) > MOST_IN_SUMMARY:
            return counted(len(self.windows), "window")
        return ", ".join(window.name for window in self.windows) or "not scheduled"

    def serialize(self) -> dict[str, Any]:
        """Plain JSON."""
        windows = [window.model_dump(mode="json") for window in self.windows]
        return {"windows": windows, "why_none": self.why_none}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> FleetTimetable:
        """Read `serialize` back."""
        return cls([Window.model_validate(each) for each in data["windows"]], data["why_none"])

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """A run by hand is for the moment at which it was asked for."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        """The next opening. `catchup` changes nothing: what is over is over."""
        start = next_start(
            self.windows,
            self.clock(),
            last=last_automated_data_interval.end if last_automated_data_interval else None,
            earliest=restriction.earliest,
        )
        if start is None or (restriction.latest and start > restriction.latest):
            return None
        return DagRunInfo.exact(coerce_datetime(start))

    def _words(self) -> str:
        return "; ".join(_window_words(window) for window in self.windows) or self.why_none


def read_schedule(path: Path) -> FleetTimetable:
    """The schedule that a fleet file asks for; when it cannot be used, none, and why."""
    try:
        return FleetTimetable(read_fleet_file(path).windows)
    except Refused as refused:
        return FleetTimetable((), str(refused))


def _window_words(window: Window) -> str:
    """`Saturday night: 0 2 * * sat, 2 days later, Europe/Berlin, 240 minutes`."""
    later = [f"{counted(window.offset_days, 'day')} later"] if window.offset_days else []
    length = counted(window.duration_minutes, "minute")
    return f"{window.name}: {', '.join([window.start, *later, window.zone, length])}"

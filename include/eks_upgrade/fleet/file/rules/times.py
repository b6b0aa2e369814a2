"""Windows, freezes and bypasses that can do nothing, or are over before they begin."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from include.eks_upgrade.fleet.file.finding import Finding, Place
from include.eks_upgrade.fleet.file.model import Bypass, FleetFile, Freeze, Window
from include.eks_upgrade.fleet.windows.freezes import freeze_problem, span_of

_EARLY, _LATE = {"first": "1971-01-01"}, {"last": "9999-12-31"}
"""Ends that are never wrong, to judge the other one by itself."""


def window_findings(windows: Sequence[Window]) -> Iterator[Finding]:
    """Windows in which nothing can begin."""
    for number, window in enumerate(windows):
        if window.cutoff_minutes >= window.duration_minutes:
            what = (
                f"nothing begins in the last {window.cutoff_minutes} minutes, and the window has"
                f" {window.duration_minutes}, so nothing ever begins"
            )
            place: Place = ("windows", number, "cutoff_minutes")
            yield Finding(place, what, "shorten it, or lengthen the window")


def freeze_findings(freezes: Sequence[Freeze]) -> Iterator[Finding]:
    """Ends that cannot be read, and freezes that end before they begin."""
    for number, freeze in enumerate(freezes):
        alone = {"first": freeze.model_copy(update=_LATE), "last": freeze.model_copy(update=_EARLY)}
        unread = {end: freeze_problem(each) for end, each in alone.items()}
        wrong = {end: problem for end, problem in unread.items() if problem}
        for end, problem in (wrong or {"last": freeze_problem(freeze)}).items():
            what, _, remedy = problem.partition("; ")
            if what:
                yield Finding(("freezes", number, end), what, remedy or "correct it")


def bypass_findings(bypasses: Sequence[Bypass]) -> Iterator[Finding]:
    """Bypasses that pass by nothing."""
    for number, bypass in enumerate(bypasses):
        if not bypass.windows and not bypass.freezes:
            what = "it passes neither windows nor freezes by, so it does nothing"
            yield Finding(("bypasses", number), what, "set one of the two to true, or take it away")


def what_is_over(file: FleetFile, moment: datetime) -> Iterator[Finding]:
    """Bypasses and freezes that do nothing any more; no reason to refuse the file."""
    for number, bypass in enumerate(file.bypasses):
        if bypass.until <= moment:
            what = f"it is over since {bypass.until.isoformat()}"
            yield Finding(("bypasses", number), what, "take it away")
    for number, freeze in enumerate(file.freezes):
        if span_of(freeze).end <= moment:
            yield Finding(("freezes", number), f"it ended on {freeze.last}", "take it away")

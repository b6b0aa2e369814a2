"""Whether an upgrade may begin now, asked again before each start. Pure.

Between the plan and a cluster's turn hours may pass: the window closes, a freeze begins, a person
pauses the fleet or skips the cluster, the ring breaks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile, Threshold
from include.eks_upgrade.fleet.in_time import too_late
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome, may_go_on
from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.fleet.windows.when import When, when


class May(StrEnum):
    """`WAIT`: not yet, for a person has paused the fleet."""

    BEGIN = "begin"
    WAIT = "wait"
    NOT = "not"


@dataclass(frozen=True)
class Answer:
    """Whether it may, and why not; one sentence."""

    may: May
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Before:
    """What is known before a start.

    Attributes:
        now: the moment.
        not_now: why the windows and freezes of the cluster forbid it; empty: they do not.
        must_end_by: when its run has to be expected to have ended; None: it may take its time.
        expected: how long the run is expected to take.
        zone: in which people read times.
        stopped, paused, skipped: why, by state and by what the run was asked for; empty: not so.
        broken: why the ring is past its threshold already; empty: it is not.
    """

    now: datetime
    not_now: str = ""
    must_end_by: datetime | None = None
    expected: Expectation | None = None
    zone: str = "UTC"
    stopped: str = ""
    paused: str = ""
    skipped: str = ""
    broken: str = ""


def may_begin(before: Before) -> Answer:
    """Whether the upgrade may begin; what a person says comes first, then the clock."""
    for why in (before.stopped, before.skipped, before.broken, before.not_now):
        if why:
            return Answer(May.NOT, why)
    if before.expected is not None:
        late = too_late(before.expected, before.now, before.must_end_by, before.zone)
        if late:
            return Answer(May.NOT, late)
    return Answer(May.WAIT, before.paused) if before.paused else Answer(May.BEGIN)


def when_now(file: FleetFile, cluster: FleetCluster, now: datetime, *, any_time: bool) -> When:
    """What windows and freezes say now.

    Args:
        file: the fleet file.
        cluster: which.
        now: the moment.
        any_time: a person lets it run whatever windows say; freezes count all the same.
    """
    seen = when(file, cluster, now)
    return When() if any_time and not seen.frozen else seen


def why_too_late(
    file: FleetFile,
    cluster: FleetCluster,
    expected: Expectation | None,
    now: datetime,
    *,
    any_time: bool,
) -> str:
    """Why its window, a freeze or the time that is left forbids it to begin now; empty: nothing.

    Args:
        file: the fleet file.
        cluster: which.
        expected: how long its run is expected to take.
        now: the moment.
        any_time: see `when_now`.
    """
    seen = when_now(file, cluster, now, any_time=any_time)
    if seen.why_not or expected is None:
        return seen.why_not
    zone = seen.opening.zone if seen.opening else "UTC"
    return too_late(expected, now, seen.must_end_by, zone)


def threshold_of(file: FleetFile, ring: str) -> Threshold:
    """The threshold of a ring; the usual one where the file has no such ring any more."""
    found = next((each for each in file.rings if each.name == ring), None)
    return found.threshold if found else Threshold()


def latest_start(must_end_by: datetime | None, expected: Expectation | None) -> datetime | None:
    """The last moment at which it may begin; None: there is none."""
    if must_end_by is None or expected is None:
        return must_end_by
    return must_end_by - timedelta(minutes=expected.minutes)


def breaking_failures(threshold: Threshold, size: int) -> int:
    """How many failed upgrades of a ring of so many clusters are enough to break it.

    Asked of `may_go_on` itself, so that who waits is woken by the same rule that then forbids it.
    """
    failures: list[ClusterResult] = []
    while len(failures) < size:
        failures.append(ClusterResult(arn="", title="", outcome=Outcome.FAILED))
        if may_go_on(threshold, failures, size):
            break
    return max(1, len(failures))


def next_expected(expected: Expectation | None, taken_minutes: float | None) -> Expectation | None:
    """How long the next hop is expected to take: as planned, or as the one before it, if longer."""
    if expected is None or taken_minutes is None or taken_minutes <= expected.minutes:
        return expected
    return Expectation(minutes=round(taken_minutes, 1), source="so long its last run took")

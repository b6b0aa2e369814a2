"""Whether an upgrade may begin, asked again before each start."""

from datetime import UTC, datetime, timedelta

import pytest

from include.eks_upgrade.fleet.file.model import Threshold
from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.fleet.running.begin import (
    Before,
    May,
    breaking_failures,
    latest_start,
    may_begin,
    next_expected,
)

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
HOUR = Expectation(minutes=60, source="as tried")


def in_minutes(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_it_begins_when_nothing_is_against_it() -> None:
    assert may_begin(Before(now=NOW)).may is May.BEGIN
    assert may_begin(Before(now=NOW, must_end_by=in_minutes(60), expected=HOUR)).may is May.BEGIN


FORBIDDEN = [
    pytest.param(Before(now=NOW, stopped="the fleet is stopped"), "stopped", id="stopped"),
    pytest.param(Before(now=NOW, skipped="skipped by Ada"), "Ada", id="skipped meanwhile"),
    pytest.param(Before(now=NOW, broken="past its threshold"), "threshold", id="ring broken"),
    pytest.param(Before(now=NOW, not_now="frozen until Monday"), "frozen", id="freeze begun"),
    pytest.param(
        Before(now=NOW, must_end_by=in_minutes(59), expected=HOUR), "is 59 minutes", id="late"
    ),
    pytest.param(
        Before(now=NOW, must_end_by=in_minutes(-5), expected=HOUR),
        "is less than a minute",
        id="window shut",
    ),
    pytest.param(Before(now=NOW, paused="paused", stopped="stopped"), "stopped", id="both"),
]


@pytest.mark.parametrize(("before", "why"), FORBIDDEN)
def test_it_does_not_begin_and_says_why(before: Before, why: str) -> None:
    answer = may_begin(before)
    assert answer.may is May.NOT
    assert why in answer.why


def test_a_pause_lets_it_wait() -> None:
    assert may_begin(Before(now=NOW, paused="paused by Ada")).may is May.WAIT


def test_a_pause_keeps_nothing_waiting_that_is_too_late_anyway() -> None:
    before = Before(now=NOW, paused="paused", must_end_by=in_minutes(10), expected=HOUR)
    assert may_begin(before).may is May.NOT


def test_the_latest_start_leaves_the_time_that_is_expected() -> None:
    assert latest_start(in_minutes(90), HOUR) == in_minutes(30)
    assert latest_start(None, HOUR) is None
    assert latest_start(in_minutes(90), None) == in_minutes(90)


def test_the_next_hop_is_expected_to_take_as_long_as_the_last_one_took() -> None:
    assert next_expected(HOUR, 75) == Expectation(minutes=75, source="so long its last run took")
    assert next_expected(HOUR, 20) == HOUR
    assert next_expected(HOUR, None) == HOUR
    assert next_expected(None, 20) is None


BREAKING = [
    pytest.param(Threshold(unhealthy=0, successes=1), 5, 1, id="none may fail"),
    pytest.param(Threshold(unhealthy=2, successes=1), 5, 3, id="two may"),
    pytest.param(Threshold(unhealthy="20%", successes=1), 5, 2, id="a fifth may"),
    pytest.param(Threshold(unhealthy=5, successes=4), 5, 2, id="too few could still succeed"),
    pytest.param(Threshold(unhealthy="100%", successes=0), 3, 3, id="all may"),
    pytest.param(Threshold(), 0, 1, id="an empty ring"),
]


@pytest.mark.parametrize(("threshold", "size", "failures"), BREAKING)
def test_so_many_failures_break_a_ring(threshold: Threshold, size: int, failures: int) -> None:
    assert breaking_failures(threshold, size) == failures

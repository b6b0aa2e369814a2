"""How long waits pause: seldom at first, closely near the end, and apart from each other."""

import pytest

from include.eks_upgrade.common.time.pacing import (
    LONGEST_BACKOFF_SECONDS,
    LONGEST_SECONDS,
    SHARE,
    Pace,
    backoff,
    spread,
)

CONTROL_PLANE = Pace(shortest=30.0, expected=600.0)


def looks(pace: Pace, lasts: float) -> list[float]:
    """The moments of the looks of a wait, up to the first that finds it over."""
    at, found = 0.0, list[float]()
    while at < lasts:
        at += pace.pause(at)
        found.append(at)
    return found


def test_what_nobody_knows_the_length_of_is_looked_at_as_often_as_asked_for() -> None:
    assert looks(Pace(30.0), 120.0) == [30.0, 60.0, 90.0, 120.0]


def test_a_wait_is_looked_at_seldom_first_and_closely_near_its_expected_end() -> None:
    moments = looks(CONTROL_PLANE, 600.0)
    pauses = [later - earlier for earlier, later in zip([0.0, *moments], moments, strict=False)]
    assert pauses[0] == LONGEST_SECONDS
    assert pauses == sorted(pauses, reverse=True)
    assert pauses[-1] == 30.0
    assert len(moments) < 10  # of twenty at every 30 seconds


@pytest.mark.parametrize("lasts", [60.0, 300.0, 600.0, 601.0, 900.0, 1800.0, 7200.0])
def test_the_end_is_seen_at_most_two_minutes_late_whenever_it_comes(lasts: float) -> None:
    late = looks(CONTROL_PLANE, lasts)[-1] - lasts
    assert 0 <= late <= LONGEST_SECONDS


@pytest.mark.parametrize("lasts", [595.0, 600.0, 605.0, 620.0])
def test_an_end_about_when_it_was_expected_is_seen_within_the_shortest_pause(lasts: float) -> None:
    assert looks(CONTROL_PLANE, lasts)[-1] - lasts <= 30.0


def test_a_short_wait_never_pauses_for_more_than_a_third_of_it() -> None:
    pace = Pace(shortest=5.0, expected=60.0)
    assert max(pace.pause(waited) for waited in range(60)) <= 60.0 * SHARE


@pytest.mark.parametrize("shortest", [0.2, 10.0, 30.0, 600.0])
@pytest.mark.parametrize("waited", [0.0, 1.0, 599.9, 600.0, 5000.0, -5.0])
def test_no_pause_is_shorter_than_the_shortest(shortest: float, waited: float) -> None:
    assert Pace(shortest, 600.0).pause(waited) >= shortest


def test_waits_that_begin_together_come_apart() -> None:
    assert spread(30.0, lambda: 0.0) == 30.0
    assert spread(30.0, lambda: 1.0) == pytest.approx(33.0)
    assert len({spread(30.0) for _ in range(20)}) > 1


def test_a_throttled_account_is_left_alone_for_longer_each_time() -> None:
    pauses = [backoff(30.0, refused, lambda: 1.0) for refused in range(7)]
    assert pauses == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0, 300.0]
    assert backoff(30.0, 10_000, lambda: 1.0) == LONGEST_BACKOFF_SECONDS


def test_those_who_were_refused_together_do_not_come_back_together() -> None:
    assert backoff(30.0, 3, lambda: 0.0) == 120.0
    assert backoff(30.0, 3, lambda: 1.0) == 240.0


@pytest.mark.parametrize("shortest", [0.2, 30.0, 600.0])
def test_a_back_off_is_never_shorter_than_the_usual_pause(shortest: float) -> None:
    assert all(backoff(shortest, n, lambda: 0.0) >= shortest for n in range(12))

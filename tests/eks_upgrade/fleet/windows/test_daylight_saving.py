"""Starts of windows where clocks are moved: at which moment, and how often.

Whole years are gone through for zones of every kind: each wall-clock time is one start.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.windows.openings import openings
from include.eks_upgrade.fleet.windows.wall_clock import (
    last_moment_at,
    moment_at,
    wall_clock_at,
    zone_problem,
)

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "UTC",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


CHANGES = [
    # zone, what the clock should show, the moment of it, what the clock then shows
    pytest.param(
        "Europe/Berlin", "2027-03-28T01:59", "2027-03-28T00:59Z", "01:59", id="berlin-before-spring"
    ),
    pytest.param(
        "Europe/Berlin", "2027-03-28T02:00", "2027-03-28T01:00Z", "03:00", id="berlin-first-skipped"
    ),
    pytest.param(
        "Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:00Z", "03:00", id="berlin-skipped"
    ),
    pytest.param(
        "Europe/Berlin", "2027-03-28T03:00", "2027-03-28T01:00Z", "03:00", id="berlin-after-spring"
    ),
    pytest.param(
        "Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00Z", "02:00", id="berlin-first-double"
    ),
    pytest.param(
        "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z", "02:30", id="berlin-double"
    ),
    pytest.param(
        "Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00Z", "03:00", id="berlin-after-autumn"
    ),
    pytest.param(
        "America/New_York", "2027-03-14T02:30", "2027-03-14T07:00Z", "03:00", id="new-york-skipped"
    ),
    pytest.param(
        "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z", "01:30", id="new-york-double"
    ),
    pytest.param(
        "America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00Z", "01:00", id="santiago-midnight"
    ),
    pytest.param(
        "America/Santiago", "2027-04-03T23:30", "2027-04-04T02:30Z", "23:30", id="santiago-double"
    ),
    pytest.param(
        "Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00Z", "01:00", id="cairo-midnight"
    ),
    pytest.param(
        "Africa/Cairo", "2026-10-29T23:30", "2026-10-29T20:30Z", "23:30", id="cairo-double"
    ),
    pytest.param(
        "Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z", "02:30", id="half-skipped"
    ),
    pytest.param(
        "Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45Z", "01:45", id="half-double"
    ),
    pytest.param("Asia/Kolkata", "2027-03-28T02:30", "2027-03-27T21:00Z", "02:30", id="kolkata"),
    pytest.param("UTC", "2027-03-28T02:30", "2027-03-28T02:30Z", "02:30", id="utc"),
]


@pytest.mark.parametrize(("zone", "wanted", "moment", "shown"), CHANGES)
def test_a_wall_clock_time_is_one_moment(zone: str, wanted: str, moment: str, shown: str) -> None:
    found = moment_at(at(wanted), ZoneInfo(zone))
    assert found == at(moment)
    assert wall_clock_at(found, ZoneInfo(zone)).time() == time.fromisoformat(shown)


@pytest.mark.parametrize(("zone", "wanted", "moment", "shown"), CHANGES)
def test_a_window_opens_at_that_moment_and_nowhere_else_that_day(
    zone: str, wanted: str, moment: str, shown: str
) -> None:
    day, clock = at(wanted).date(), at(wanted).time()
    window = Window(
        name="w", start=f"{clock.minute} {clock.hour} * * *", zone=zone, duration_minutes=15
    )
    around = openings([window], at(moment) - timedelta(hours=20), at(moment) + timedelta(hours=20))
    assert [opening.start for opening in around] == [at(moment)], day


@pytest.mark.parametrize(
    ("zone", "wanted", "moment"),
    [
        pytest.param("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T01:30Z", id="double"),
        pytest.param("Europe/Berlin", "2027-03-28T02:30", "2027-03-28T01:00Z", id="skipped"),
        pytest.param("Europe/Berlin", "2027-06-01T02:30", "2027-06-01T00:30Z", id="plain"),
    ],
)
def test_the_last_moment_of_a_wall_clock_time(zone: str, wanted: str, moment: str) -> None:
    assert last_moment_at(at(wanted), ZoneInfo(zone)) == at(moment)


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    days = (date(year + 1, 1, 1) - first).days
    return [first + timedelta(days=number) for number in range(days)]


def year_of(window: Window, year: int) -> list[datetime]:
    """Starts whose wall-clock day is in the year, and a check that each lasts its time."""
    found = openings(
        [window], datetime(year - 1, 12, 30, tzinfo=UTC), datetime(year + 1, 1, 3, tzinfo=UTC)
    )
    for opening in found:
        assert opening.end - opening.start == timedelta(minutes=window.duration_minutes)
    zone = ZoneInfo(window.zone)
    return [each.start for each in found if wall_clock_at(each.start, zone).year == year]


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=5, deadline=None)
@given(
    clock=st.one_of(
        # The hours in which clocks are moved, and any other.
        st.times(min_value=time(23), max_value=time(23, 59)),
        st.times(max_value=time(3)),
        st.times(),
    ),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    year=st.sampled_from([2026, 2027, 2028]),
    minutes=st.integers(15, 10080),
)
def test_each_wall_clock_start_of_a_year_is_there_once(
    zone: str, clock: time, weekdays: set[int], year: int, minutes: int
) -> None:
    names = ",".join(str((day + 1) % 7) for day in sorted(weekdays))
    window = Window(
        name="w",
        start=f"{clock.minute} {clock.hour} * * {names}",
        zone=zone,
        duration_minutes=minutes,
    )
    meant = [
        datetime.combine(day, time(clock.hour, clock.minute))
        for day in days_of(year)
        if day.weekday() in weekdays
    ]
    assert year_of(window, year) == [moment_at(each, ZoneInfo(zone)) for each in meant]


@pytest.mark.parametrize("zone", ZONES)
def test_moments_never_run_backward_and_stay_within_the_move_of_the_clock(zone: str) -> None:
    nights = [datetime(2026, 12, 31, 22) + timedelta(days=number) for number in range(366)]
    times = [night + timedelta(minutes=15 * part) for night in nights for part in range(24)]
    moments = [moment_at(each, ZoneInfo(zone)) for each in times]
    assert moments == sorted(moments)
    for wanted, moment in zip(times, moments, strict=True):
        shown = wall_clock_at(moment, ZoneInfo(zone))
        assert wanted <= shown <= wanted + timedelta(hours=1)


def test_an_hourly_window_opens_once_for_hours_that_are_skipped_or_doubled() -> None:
    hourly = Window(name="h", start="0 * * * *", zone="Europe/Berlin", duration_minutes=15)
    spring = openings([hourly], at("2027-03-27T23:30Z"), at("2027-03-28T03:30Z"))
    autumn = openings([hourly], at("2026-10-24T22:30Z"), at("2026-10-25T03:30Z"))
    assert [f"{each.start:%H:%M}" for each in spring] == ["00:00", "01:00", "02:00", "03:00"]
    assert [f"{each.start:%H:%M}" for each in autumn] == ["23:00", "00:00", "02:00", "03:00"]


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        pytest.param("2027-03-28T01:00", "2027-03-28T06:00", id="spring-ends-an-hour-later"),
        pytest.param("2026-10-25T01:00", "2026-10-25T04:00", id="autumn-ends-an-hour-earlier"),
        pytest.param("2027-01-10T01:00", "2027-01-10T05:00", id="plain"),
    ],
)
def test_four_hours_are_four_hours_of_real_time(start: str, ends: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    sunday = Window(name="s", start="0 1 * * sun", zone=zone.key, duration_minutes=240)
    moment = moment_at(at(start), zone)
    (opening,) = openings([sunday], moment, moment + timedelta(minutes=1))
    assert wall_clock_at(opening.end, zone) == at(ends)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("Europe/Berlin", "", id="one"),
        pytest.param("UTC", "", id="utc"),
        pytest.param("europe/berlin", "`Europe/Berlin` perhaps", id="small-letters"),
        pytest.param("Europe/Munich", "`Europe/Zurich` perhaps", id="no-city-of-it"),
        pytest.param("CEST", "no time zone", id="abbreviation"),
        pytest.param("+02:00", "`Europe/Berlin` or `UTC`, say", id="offset"),
        pytest.param("", "no time zone", id="empty"),
        pytest.param("localtime", "no time zone", id="of-the-machine"),
        pytest.param("Factory", "no time zone", id="of-no-place"),
        pytest.param("../etc/passwd", "no time zone", id="path"),
        pytest.param("Europe", "no time zone", id="folder"),
    ],
)
def test_a_zone_that_is_none_is_said(name: str, hint: str) -> None:
    said = zone_problem(name)
    assert hint in said
    assert bool(said) == bool(hint)

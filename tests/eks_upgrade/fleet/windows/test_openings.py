"""Openings of several windows: what is open, for how long, and what comes next."""

from datetime import datetime, timedelta

import pytest

from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.windows.openings import next_after, open_at, openings


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def window(name: str, start: str, minutes: int = 240, **more: object) -> Window:
    return Window.model_validate(
        {"name": name, "start": start, "duration_minutes": minutes, **more}
    )


def spans(found: list) -> list[str]:
    return [f"{each.window} {each.start:%d %H:%M}-{each.end:%d %H:%M}" for each in found]


SATURDAY = window("Saturday", "0 2 * * sat", cutoff_minutes=60)
DAILY = window("Daily", "0 0 * * *", 1440)


@pytest.mark.parametrize(
    ("begin", "end", "found"),
    [
        pytest.param("2026-11-28T00:00Z", "2026-11-29T00:00Z", 1, id="around"),
        pytest.param("2026-11-28T03:00Z", "2026-11-28T04:00Z", 1, id="within"),
        pytest.param("2026-11-28T05:59Z", "2026-11-28T09:00Z", 1, id="its-last-minute"),
        pytest.param("2026-11-28T06:00Z", "2026-11-28T09:00Z", 0, id="from-its-end-on"),
        pytest.param("2026-11-28T00:00Z", "2026-11-28T02:00Z", 0, id="until-its-start"),
        pytest.param("2026-11-28T02:00Z", "2026-11-28T02:01Z", 1, id="its-first-minute"),
        pytest.param("2026-11-28T00:00Z", "2026-12-12T06:00Z", 3, id="three-weeks"),
    ],
)
def test_openings_are_those_of_which_some_part_lies_between(
    begin: str, end: str, found: int
) -> None:
    wide = openings([SATURDAY], at(begin), at(end))
    assert len(wide) == found


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        pytest.param("2026-11-28T01:59:59Z", False, id="before"),
        pytest.param("2026-11-28T02:00Z", True, id="at-its-start"),
        pytest.param("2026-11-28T05:30Z", True, id="after-its-cutoff"),
        pytest.param("2026-11-28T06:00Z", False, id="at-its-end"),
    ],
)
def test_a_window_is_open_from_its_start_until_its_end(moment: str, is_open: bool) -> None:
    found = open_at([SATURDAY], at(moment))
    assert (found is not None) == is_open
    if found:
        assert found.cutoff == at("2026-11-28T05:00Z")


@pytest.mark.parametrize(
    ("windows", "moment", "joined"),
    [
        pytest.param(
            [window("A", "0 22 * * fri"), window("B", "0 0 * * sat", 480)],
            "2026-11-28T00:30Z", ("A + B", "27 22:00", "28 08:00", "28 08:00"), id="overlapping",
        ),
        pytest.param(
            [window("A", "0 22 * * fri"), window("B", "0 0 * * sat", 480)],
            "2026-11-27T23:00Z", ("A + B", "27 22:00", "28 08:00", "28 08:00"), id="soon",
        ),
        pytest.param(
            [window("A", "0 22 * * fri", cutoff_minutes=60),
             window("B", "0 2 * * sat", cutoff_minutes=30)],
            "2026-11-28T01:30Z", ("A + B", "27 22:00", "28 06:00", "28 05:30"), id="touching",
        ),
        pytest.param(
            [window("A", "0 22 * * fri"), window("B", "1 2 * * sat")],
            "2026-11-28T01:30Z", ("A", "27 22:00", "28 02:00", "28 02:00"), id="a-minute-between",
        ),
        pytest.param(
            [window("A", "0 0 * * sat", 360), window("B", "0 1 * * sat", 330, cutoff_minutes=120)],
            "2026-11-28T05:00Z", ("A + B", "28 00:00", "28 06:30", "28 06:00"), id="cutoffs",
        ),
        pytest.param(
            [window("A", "0 0 * * sat", 60), window("B", "0 0 * * sat", 120)],
            "2026-11-28T00:30Z", ("A + B", "28 00:00", "28 02:00", "28 02:00"), id="the-same-start",
        ),
        pytest.param(
            [window("A", "0 0 * * fri", 2880)],
            "2026-11-28T12:00Z", ("A", "27 00:00", "29 00:00", "29 00:00"), id="over-days",
        ),
    ],
)  # fmt: skip
def test_openings_that_overlap_or_touch_are_one(
    windows: list[Window], moment: str, joined: tuple[str, str, str, str]
) -> None:
    found = open_at(windows, at(moment))
    assert found
    moments = [f"{each:%d %H:%M}" for each in (found.start, found.end, found.cutoff)]
    assert (found.window, *moments) == joined


def test_a_window_that_is_longer_than_its_period_is_always_open() -> None:
    always = window("Always", "0 0 * * *", 1500)
    for hours in range(48):
        moment = at("2026-11-28T00:00Z") + timedelta(hours=hours)
        found = open_at([always], moment)
        assert found
        assert found.end - moment > timedelta(days=13)
    assert len(openings([always], at("2026-11-28T00:30Z"), at("2026-11-28T00:31Z"))) == 2


def test_a_day_of_25_hours_has_an_hour_that_a_window_of_24_leaves_out() -> None:
    daily = window("Daily", "0 0 * * *", 1440, zone="Europe/Berlin")
    assert open_at([daily], at("2026-10-25T22:30Z")) is None
    assert open_at([daily], at("2026-10-25T23:00Z")) is not None


def test_an_offset_is_of_calendar_days_at_the_same_wall_clock_time() -> None:
    thursday = window(
        "After patch Tuesday", "0 2 * * tue#2", offset_days=2, zone="America/New_York"
    )
    found = openings([thursday], at("2027-03-01T00:00Z"), at("2027-05-01T00:00Z"))
    # Clocks are moved on 14 March: Thursday the 11th is winter, 15 April is summer.
    assert spans(found) == [
        "After patch Tuesday 11 07:00-11 11:00",
        "After patch Tuesday 15 06:00-15 10:00",
    ]


def test_an_offset_leads_over_a_change_of_the_clock() -> None:
    later = window("Later", "30 2 * * sat", offset_days=1, zone="Europe/Berlin")
    (found,) = openings([later], at("2027-03-28T00:00Z"), at("2027-03-28T12:00Z"))
    assert found.start == at("2027-03-28T01:00Z")


def test_an_offset_leads_into_the_next_month_and_year() -> None:
    last = window("After the year", "0 2 L 12 *", offset_days=6)
    assert next_after([last], at("2026-12-30T00:00Z")).start == at("2027-01-06T02:00Z")


@pytest.mark.parametrize(
    ("moment", "start", "name"),
    [
        pytest.param("2026-11-28T01:59Z", "2026-11-28T02:00Z", "Saturday", id="just-before"),
        pytest.param("2026-11-28T02:00Z", "2026-11-29T00:00Z", "Daily", id="not-the-present-one"),
        pytest.param("2026-11-27T12:00Z", "2026-11-28T00:00Z", "Daily", id="the-sooner"),
    ],
)
def test_the_next_opening_starts_after_the_moment(moment: str, start: str, name: str) -> None:
    found = next_after([SATURDAY, DAILY], at(moment))
    assert found
    assert (found.start, found.window) == (at(start), name)


def test_of_two_that_start_together_the_one_that_closes_last_is_next() -> None:
    both = [window("Short", "0 2 * * sat", 60), window("Long", "0 2 * * sat", 90)]
    assert next_after(both, at("2026-11-27T00:00Z")).window == "Long"


def test_without_windows_nothing_is_open_and_nothing_comes() -> None:
    assert openings([], at("2026-11-27T00:00Z"), at("2027-11-27T00:00Z")) == []
    assert open_at([], at("2026-11-27T00:00Z")) is None
    assert next_after([], at("2026-11-27T00:00Z")) is None


def test_moments_may_be_given_in_any_zone() -> None:
    assert open_at([SATURDAY], at("2026-11-27T22:00-06:00")) == open_at(
        [SATURDAY], at("2026-11-28T04:00Z")
    )


def test_a_cutoff_that_is_longer_than_the_window_is_its_start() -> None:
    short = window("Short", "0 2 * * sat", 30, cutoff_minutes=60)
    found = open_at([short], at("2026-11-28T02:10Z"))
    assert found
    assert found.cutoff == found.start

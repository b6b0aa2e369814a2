"""For which opening the next run is made, with the time stepped."""

from datetime import datetime, timedelta

import pytest

from include.eks_upgrade.fleet.file.model import Window
from include.eks_upgrade.fleet.windows.openings import openings
from include.eks_upgrade.fleet.windows.schedule import next_start


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def window(name: str, start: str, minutes: int = 240, **more: object) -> Window:
    return Window.model_validate(
        {"name": name, "start": start, "duration_minutes": minutes, **more}
    )


SATURDAY = window("Saturday", "0 2 * * sat", cutoff_minutes=60)
SUNDAY = window("Sunday", "0 2 * * sun", zone="America/New_York")
NIGHT = window("Night", "0 4 * * sat", 60)
LAST_WEEK, THIS, NEXT = "2026-11-21T02:00Z", "2026-11-28T02:00Z", "2026-12-05T02:00Z"


@pytest.mark.parametrize(
    ("now", "last", "start"),
    [
        pytest.param("2026-11-27T12:00Z", LAST_WEEK, THIS, id="the-day-before"),
        pytest.param("2026-11-28T02:00:00Z", LAST_WEEK, THIS, id="on-the-second"),
        pytest.param("2026-11-28T02:00:01Z", LAST_WEEK, THIS, id="a-second-late"),
        pytest.param("2026-11-28T03:40Z", LAST_WEEK, THIS, id="scheduler-was-down-at-the-start"),
        pytest.param("2026-11-28T04:59Z", LAST_WEEK, THIS, id="until-the-cutoff"),
        pytest.param("2026-11-28T05:00Z", LAST_WEEK, NEXT, id="from-the-cutoff-on-the-next"),
        pytest.param("2026-11-28T07:00Z", LAST_WEEK, NEXT, id="scheduler-was-down-all-night"),
        pytest.param("2026-12-02T12:00Z", LAST_WEEK, NEXT, id="unpaused-four-days-late"),
        pytest.param("2026-12-02T12:00Z", "2025-11-22T02:00Z", NEXT, id="unpaused-after-a-year"),
        pytest.param("2026-11-28T02:30Z", THIS, NEXT, id="restarted-in-mid-window"),
        pytest.param("2026-11-28T02:00:01Z", THIS, NEXT, id="its-run-is-just-made"),
        pytest.param("2026-11-27T12:00Z", THIS, NEXT, id="asked-for-the-one-after"),
        pytest.param("2026-11-27T12:00Z", None, THIS, id="first-parse-before"),
        pytest.param("2026-11-28T02:00:01Z", None, THIS, id="first-parse-a-second-after"),
        pytest.param("2026-11-28T06:10Z", None, NEXT, id="first-parse-after-the-end"),
    ],
)
def test_the_next_run_is_for_an_opening_that_is_open_or_comes(
    now: str, last: str | None, start: str
) -> None:
    assert next_start([SATURDAY], at(now), last=at(last) if last else None) == at(start)


@pytest.mark.parametrize(
    ("now", "last", "start"),
    [
        pytest.param(THIS, LAST_WEEK, THIS, id="the-first"),
        pytest.param("2026-11-28T02:01Z", THIS, "2026-11-28T04:00Z", id="then-the-second-zone"),
        pytest.param(
            "2026-11-28T04:30Z", LAST_WEEK, "2026-11-28T04:00Z", id="one-run-for-two-that-are-open"
        ),
        pytest.param(
            "2026-11-28T04:30Z", "2026-11-28T04:00Z", "2026-11-29T07:00Z", id="then-the-third"
        ),
        pytest.param("2026-11-29T12:00Z", THIS, NEXT, id="over-is-over"),
    ],
)
def test_windows_of_several_zones_share_one_schedule(now: str, last: str, start: str) -> None:
    windows = [SUNDAY, NIGHT, SATURDAY]
    assert next_start(windows, at(now), last=at(last)) == at(start)


def test_a_schedule_without_windows_has_no_start() -> None:
    assert next_start([], at(THIS)) is None


@pytest.mark.parametrize(
    ("earliest", "start"),
    [
        pytest.param(THIS, THIS, id="itself-included"),
        pytest.param("2026-11-28T02:01Z", NEXT, id="after-its-start"),
        pytest.param("2027-01-01T00:00Z", "2027-01-02T02:00Z", id="far"),
    ],
)
def test_nothing_starts_before_the_start_date_of_the_dag(earliest: str, start: str) -> None:
    found = next_start([SATURDAY], at("2026-11-28T02:30Z"), earliest=at(earliest))
    assert found == at(start)


CHANGED = [
    # The run of 02:00 is made; at 03:00 somebody changes the windows.
    pytest.param(window("w", "0 1 * * sat"), "2026-12-05T01:00Z", id="an-hour-earlier"),
    pytest.param(window("w", "30 2 * * sat"), "2026-11-28T02:30Z", id="later-and-open"),
    pytest.param(window("w", "0 4 * * sat"), "2026-11-28T04:00Z", id="later-and-to-come"),
    pytest.param(window("w", "0 2 * * sat", 480), NEXT, id="longer"),
    pytest.param(window("w", "0 2 * * sun"), "2026-11-29T02:00Z", id="another-day"),
]


@pytest.mark.parametrize(("changed", "start"), CHANGED)
def test_windows_may_change_while_one_is_open(changed: Window, start: str) -> None:
    assert next_start([changed], at("2026-11-28T03:00Z"), last=at(THIS)) == at(start)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"])
def test_a_year_of_looks_every_few_hours_runs_each_opening_once(zone: str) -> None:
    windows = [
        window("A", "30 2 * * sat,sun", 300, zone=zone),
        window("B", "0 0 * * tue#2", 120, zone=zone, offset_days=2),
        window("C", "15 23 L * *", 120, zone="Africa/Cairo", cutoff_minutes=30),
    ]
    begin, end = at("2026-07-01T00:00Z"), at("2027-07-01T00:00Z")
    made: list[datetime] = []
    now = begin
    while True:
        start = next_start(windows, now, last=made[-1] if made else None)
        assert start
        if start > end:
            break
        now = max(now, start) + timedelta(minutes=7)
        made.append(start)
    assert made == sorted({each.start for each in openings(windows, begin, end)})

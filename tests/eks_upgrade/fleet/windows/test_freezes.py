"""Freezes: from which moment to which, in which zone, and what is said of one that is none."""

from datetime import datetime

import pytest

from include.eks_upgrade.fleet.file.model import Freeze
from include.eks_upgrade.fleet.windows.freezes import FOREVER, freeze_problem, span_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def freeze(first: str, last: str, zone: str = "UTC") -> Freeze:
    return Freeze(first=first, last=last, zone=zone, reason="year's end")


@pytest.mark.parametrize(
    ("first", "last", "zone", "begin", "end"),
    [
        pytest.param("2026-12-20", "2027-01-06", "UTC",
                     "2026-12-20T00:00Z", "2027-01-07T00:00Z", id="last-day-included"),
        pytest.param("2026-12-24", "2026-12-24", "America/New_York",
                     "2026-12-24T05:00Z", "2026-12-25T05:00Z", id="one-day-of-its-zone"),
        pytest.param("2026-10-25", "2026-10-25", "Europe/Berlin",
                     "2026-10-24T22:00Z", "2026-10-25T23:00Z", id="a-day-of-25-hours"),
        pytest.param("2026-04-24", "2026-04-24", "Africa/Cairo",
                     "2026-04-23T22:00Z", "2026-04-24T21:00Z", id="a-day-without-midnight"),
        pytest.param("2026-12-20 18:00", "2026-12-21T06:30", "Europe/Berlin",
                     "2026-12-20T17:00Z", "2026-12-21T05:30Z", id="moments-of-its-zone"),
        pytest.param("2026-12-20T18:00Z", "2026-12-21T06:00+02:00", "Europe/Berlin",
                     "2026-12-20T18:00Z", "2026-12-21T04:00Z", id="moments-with-an-offset"),
        pytest.param("2026-12-20 18:00", "2026-12-21", "UTC",
                     "2026-12-20T18:00Z", "2026-12-22T00:00Z", id="a-moment-and-a-day"),
        pytest.param("2026-10-25 02:30", "2026-10-25 02:30", "Europe/Berlin",
                     "2026-10-25T00:30Z", "2026-10-25T01:30Z", id="doubled-is-the-longer"),
    ],
)  # fmt: skip
def test_a_freeze_in_real_time(first: str, last: str, zone: str, begin: str, end: str) -> None:
    found = span_of(freeze(first, last, zone))
    assert (found.begin, found.end) == (at(begin), at(end))
    assert found.contains(at(begin))
    assert not found.contains(at(end))
    assert freeze_problem(freeze(first, last, zone)) == ""


@pytest.mark.parametrize("last", ["9999-12-31", "9999-12-31 23:59", "9000-01-01"])
def test_a_freeze_until_further_notice_has_no_end(last: str) -> None:
    assert span_of(freeze("2026-12-20", last, "Europe/Berlin")).end == FOREVER


@pytest.mark.parametrize(
    ("first", "last", "zone", "said"),
    [
        pytest.param("20.12.2026", "2027-01-06", "UTC", "neither a day nor a moment", id="german"),
        pytest.param("2026-12-20", "2026-13-06", "UTC", "`last` is `2026-13-06`", id="month-13"),
        pytest.param("2026-02-30", "2026-03-06", "UTC", "`first` is `2026-02-30`", id="30-feb"),
        pytest.param("tomorrow", "2027-01-06", "UTC", "neither a day nor a moment", id="word"),
        pytest.param("2027-01-06", "2026-12-20", "UTC", "exchange the two", id="backward"),
        pytest.param(
            "2026-12-20 10:00", "2026-12-20 10:00", "UTC", "it ends when it begins", id="no-time"
        ),
        pytest.param("2026-W51", "2026-W52", "UTC", "`first` is `2026-W51`", id="weeks"),
        pytest.param("0001-01-01", "9999-12-31", "Asia/Tokyo", "a year that no", id="year-1"),
        pytest.param("2026-12-20", "0001-01-01", "Asia/Tokyo", "a year that no", id="to-year-1"),
        pytest.param(
            "9999-12-31 23:00", "9999-12-31", "America/Los_Angeles", "a year that", id="year-9999"
        ),
    ],
)
def test_a_freeze_that_is_none_is_said(first: str, last: str, zone: str, said: str) -> None:
    assert said in freeze_problem(freeze(first, last, zone))

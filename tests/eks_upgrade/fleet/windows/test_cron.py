"""Which cron expressions may start a window, and what is said of the others."""

from datetime import datetime
from itertools import islice

import pytest

from include.eks_upgrade.fleet.windows.cron import cron_problem, wall_clock_starts


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        pytest.param("0 2 * * sat", ["01-02 02:00", "01-09 02:00"], id="weekly"),
        pytest.param("0 2 * * SAT#2", ["01-09 02:00", "02-13 02:00"], id="nth-weekday"),
        pytest.param("0 2 * * sat#5", ["01-30 02:00", "05-29 02:00"], id="fifth"),
        pytest.param("0 2 * * sat#2,sat#4", ["01-09 02:00", "01-23 02:00"], id="two-of-them"),
        pytest.param("0 2 L * *", ["01-31 02:00", "02-28 02:00"], id="last-day"),
        pytest.param("0 2 * * L5", ["01-29 02:00", "02-26 02:00"], id="last-friday"),
        pytest.param("0 2 1,15 * *", ["01-01 02:00", "01-15 02:00"], id="days"),
        pytest.param("30 22 * jan-mar mon", ["01-04 22:30", "01-11 22:30"], id="names"),
        pytest.param("0 2 * * 7", ["01-03 02:00", "01-10 02:00"], id="seven-is-sunday"),
        pytest.param("0 2 * * fri-mon", ["01-01 02:00", "01-02 02:00"], id="over-the-weekend"),
        pytest.param("  0\t2 ? *  sat ", ["01-02 02:00", "01-09 02:00"], id="blanks"),
        pytest.param("0 2 29 2 *", ["02-29 02:00", "02-29 02:00"], id="leap-day"),
        pytest.param("0 23-0 * * *", ["01-01 00:00", "01-01 23:00"], id="over-every-midnight"),
        pytest.param("*/15 2 * * *", ["01-01 02:00", "01-01 02:15"], id="four-an-hour"),
    ],
)
def test_a_start_means_these_wall_clock_times(text: str, starts: list[str]) -> None:
    assert cron_problem(text) == ""
    found = islice(wall_clock_starts(text, datetime(2026, 12, 31, 23, 59)), 2)
    assert [f"{each:%m-%d %H:%M}" for each in found] == starts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "it has 0 fields, and cron has five", id="empty"),
        pytest.param("saturday at two", "it has 3 fields", id="english"),
        pytest.param("@daily", "it has 1 field,", id="alias"),
        pytest.param("0 2 * * sat 2", "it has 6 fields", id="seconds"),
        pytest.param("0 0 2 * * sat 2027", "it has 7 fields", id="year"),
        pytest.param("0 24 * * *", "no cron expression", id="hour-24"),
        pytest.param("60 2 * * *", "no cron expression", id="minute-60"),
        pytest.param("0 2 * * 8", "no cron expression", id="weekday-8"),
        pytest.param("0 2 0 * *", "no cron expression", id="day-0"),
        pytest.param("0 2 * 13 *", "no cron expression", id="month-13"),
        pytest.param("0 2 * * sat#6", "no cron expression", id="sixth"),
        pytest.param("0 2 * * 5L", "no cron expression", id="quartz"),
        pytest.param("0 2 * * sat,sun#2", "no cron expression", id="mixed"),
        pytest.param("0 2 * * mon-fri#2", "name each one", id="range-of-nth"),
        pytest.param("0 2 * * Saturday", "write `sat`", id="long-name"),
        pytest.param("0 2 * august mon", "write `aug`", id="long-month"),
        pytest.param("0 2 30 2 *", "no calendar has the day", id="30-february"),
        pytest.param("0 2 31 4,6 *", "no calendar has the day", id="31-april"),
        pytest.param("0 2 8-14 * sat", "either of the two", id="day-and-weekday"),
        pytest.param("0 2 */2 * sat", "either of the two", id="step-and-weekday"),
        pytest.param("0 2 1 * sat#2", "either of the two", id="day-and-nth"),
        pytest.param("R 2 * * *", "random", id="random"),
        pytest.param("H 2 * * *", "random", id="hashed"),
        pytest.param("0 R(1-3) * * *", "random", id="random-range"),
        pytest.param("* 2 * * sat", "opens 60 times within an hour", id="every-minute"),
        pytest.param("*/10 2 * * sat", "opens 6 times within an hour", id="every-ten-minutes"),
        pytest.param("0 2 * * \N{ARABIC-INDIC DIGIT SIX}", "no cron expression", id="other-digits"),
        pytest.param("0 22-2 * * sat", "start at 22", id="hours-over-midnight-of-one-day"),
        pytest.param("0 20,23-1 15 * *", "start at 23", id="hours-over-midnight-of-the-15th"),
        pytest.param("a b c d e", "no cron expression", id="letters"),
        pytest.param("-1 2 * * *", "no cron expression", id="negative"),
        pytest.param("1.5 2 * * *", "no cron expression", id="fraction"),
    ],
)
def test_what_is_no_start_is_refused_with_what_to_write(text: str, said: str) -> None:
    assert said in cron_problem(text)


def test_a_text_with_line_breaks_is_read_as_one_expression() -> None:
    assert cron_problem("0 2\n* * sat\n") == ""

"""Cron expressions of windows: what is wrong with one, and the wall-clock times it means.

croniter reads them, always on naive times: given a zone it follows rules of its own at daylight
saving changes. `wall_clock.py` turns what comes out here into real moments.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from croniter import croniter

from include.eks_upgrade.common.counting import counted

EXAMPLE = "`0 2 * * sat` is every Saturday at 02:00, `0 2 * * sat#2` the second of each month"
MOST_STARTS_IN_AN_HOUR = 4
_FIELDS = ("minute", "hour", "day of month", "month", "day of week")
_EVERY = {"*", "?"}
_RANDOM = re.compile(r"(?<![a-z])[hr](?![a-z])", re.IGNORECASE)
_LONG_NAME = re.compile(
    r"\b(sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]+",
    re.IGNORECASE,
)
_ANY_LEAP_YEAR = datetime(2024, 1, 1)
"""A naive time to begin a search at."""


def cron_problem(text: str) -> str:
    """Why the text is no start of a window, and what to write instead; empty when it is one."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        given = counted(len(fields), "field")
        return f"it has {given}, and cron has five: {', '.join(_FIELDS)}; {EXAMPLE}"
    return (
        _random(fields)
        or _unreadable(text)
        or _over_midnight(fields[1], days=(fields[2], fields[4]))
        or _ambiguous(day=fields[2], weekday=fields[4])
        or _never(text)
        or _too_often(text)
    )


def wall_clock_starts(text: str, after: datetime) -> Iterator[datetime]:
    """Naive times the expression means, each once, in order, beginning after a naive time."""
    times = croniter(_clean(text), after)
    while True:
        yield times.get_next(datetime)


def _clean(text: str) -> str:
    return " ".join(text.split())


def _random(fields: list[str]) -> str:
    if any(_RANDOM.search(field) for field in fields):
        return "`H` and `R` stand for a random time, and a window needs a known one; give a number"
    return ""


def _unreadable(text: str) -> str:
    long = _LONG_NAME.search(text)
    if long:
        return f"`{long[0]}` is no name that cron knows; write `{long[0][:3].lower()}`"
    try:
        croniter.expand(_clean(text))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        return f"it is no cron expression ({error}); {EXAMPLE}"
    return ""


def _ambiguous(day: str, weekday: str) -> str:
    """What croniter takes in a sense that hardly anybody has in mind."""
    if day not in _EVERY and weekday not in _EVERY:
        return (
            "it gives a day of month and a day of week, and cron opens on days that are either of"
            f" the two; leave one at `*`. {EXAMPLE}"
        )
    if re.search(r"-[^,]*#", weekday):
        return "a range of weekdays with `#` is ambiguous; name each one: `fri#2,sat#2`"
    return ""


def _over_midnight(hours: str, days: Sequence[str]) -> str:
    """`22-2` of Saturdays opens at 00:00, 01:00 and 02:00 of the same Saturday, before 22:00."""
    for first, last in re.findall(r"(\d+)-(\d+)", hours):
        if int(first) > int(last) and not _EVERY.issuperset(days):
            return (
                f"the hours {first}-{last} are those of one day, its first ones and its last ones;"
                f" start at {first}, and let `duration_minutes` say how long it is open"
            )
    return ""


def _never(text: str) -> str:
    try:
        next(wall_clock_starts(text, _ANY_LEAP_YEAR))
    except ValueError:
        return "no calendar has the day it asks for; `L` is the last day of each month"
    return ""


def _too_often(text: str) -> str:
    """A start every minute is a slip nearly always: `* 2 * * sat` opens sixty times."""
    minutes = croniter.expand(_clean(text))[0][0]
    starts = 60 if minutes == ["*"] else len(minutes)
    if starts <= MOST_STARTS_IN_AN_HOUR:
        return ""
    return (
        f"it opens {starts} times within an hour; give one minute, `0` say, and let"
        " `duration_minutes` say how long it is open"
    )

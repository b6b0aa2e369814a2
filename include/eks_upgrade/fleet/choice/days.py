"""Days between two dates, as people say them."""

from datetime import date

from include.eks_upgrade.common.counting import counted

_WORTH_MONTHS = 61
"""From so many days on a number of months says more."""


def days_between(day: date, other: date) -> int:
    """How many days `other` comes after `day`; negative when it is past."""
    return (other - day).days


def distance(day: date, other: date) -> str:
    """`today`, `tomorrow`, `in 12 days`, `in 4 months`, `yesterday`, `3 months ago`."""
    days = days_between(day, other)
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if near:
        return near
    length = _length(*sorted((day, other)))
    return f"in {length}" if days > 0 else f"{length} ago"


def _length(begin: date, end: date) -> str:
    days = days_between(begin, end)
    if days < _WORTH_MONTHS:
        return counted(days, "day")
    months = (end.year - begin.year) * 12 + end.month - begin.month - (end.day < begin.day)
    years, rest = divmod(months, 12)
    if not years:
        return counted(months, "month")
    return counted(years, "year") + (f" and {counted(rest, 'month')}" if rest else "")

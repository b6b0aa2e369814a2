"""From the wall clock of a zone to real time, where daylight saving skips hours or doubles them.

A time that the clock never shows (01:59 is followed by 03:00) is the moment at which it jumps. A
time that it shows twice is the first of the two. So every time is exactly one moment, and later
times are never earlier moments.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from include.eks_upgrade.common.text import nearest

_SECOND = timedelta(seconds=1)
_NO_PLACE = {"localtime", "Factory"}
"""Files beside the zones: what the first one says differs from machine to machine."""


def zone_problem(name: str) -> str:
    """Why a name is no time zone, and which was probably meant; empty when it is one."""
    zones = available_timezones() - _NO_PLACE
    if name in zones:
        return ""
    meant = nearest(name, zones)
    hint = f"`{meant}` perhaps" if meant else "`Europe/Berlin` or `UTC`, say"
    return f"`{name}` is no time zone of the IANA database; write {hint}"


def moment_at(wall_clock: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks of the zone show a naive time.

    PEP 495: the two readings (`fold`) of a time differ where the zone's offset changes, and the
    second is the earlier one for times that do not exist.
    """
    first, second = (_in_utc(wall_clock, zone, fold) for fold in (0, 1))
    return first if first <= second else _jump(second, first, zone)


def last_moment_at(wall_clock: datetime, zone: ZoneInfo) -> datetime:
    """As `moment_at`, with the second of two."""
    return max(moment_at(wall_clock, zone), _in_utc(wall_clock, zone, 1))


def wall_clock_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks of the zone show, naive."""
    return datetime.fromtimestamp(moment.timestamp(), zone).replace(tzinfo=None, fold=0)


def _in_utc(wall_clock: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return wall_clock.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second with the later offset, between two moments around one change."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + ((after - before) // 2 // _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after

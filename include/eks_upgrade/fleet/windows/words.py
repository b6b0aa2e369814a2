"""How moments, spans of time and openings read in a sentence."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.fleet.windows.opening import Opening


def moment_words(moment: datetime, zone: str) -> str:
    """`Sat 28 Nov 2026 02:00 Europe/Berlin`."""
    return f"{_local(moment, zone):%a %-d %b %Y %H:%M} {zone}"


def hour_words(moment: datetime, zone: str) -> str:
    """`Sat 02:00 Europe/Berlin`: within an opening the day and the hour are enough."""
    return f"{_local(moment, zone):%a %H:%M} {zone}"


def opening_words(opening: Opening) -> str:
    """`'Saturday night' (Sat 28 Nov 2026 02:00 to 06:00 Europe/Berlin)`."""
    start, end = (_local(each, opening.zone) for each in (opening.start, opening.end))
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %-d %b %H:%M}"
    return f"'{opening.window}' ({start:%a %-d %b %Y %H:%M} to {until} {opening.zone})"


def next_words(opening: Opening | None) -> str:
    """The end of a sentence that says when it goes on."""
    if opening is None:
        return "no opening comes after this"
    start = moment_words(opening.start, opening.zone)
    return f"the next opening is {start} ({opening.window})"


def span_words(span: timedelta) -> str:
    """`4 days 8 hours`, `2 hours 5 minutes`, `37 minutes`; less than a minute is that."""
    minutes = int(span.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour"), (0 if days else minutes, "minute")]
    return " ".join(counted(*part) for part in parts if part[0]) or "less than a minute"


def _local(moment: datetime, zone: str) -> datetime:
    return datetime.fromtimestamp(moment.timestamp(), ZoneInfo(zone))

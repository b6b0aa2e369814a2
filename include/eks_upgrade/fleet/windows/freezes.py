"""Freezes in real time: from which moment to which nothing begins."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from include.eks_upgrade.fleet.choice.selection import means
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Bypass, Freeze
from include.eks_upgrade.fleet.windows.wall_clock import last_moment_at, moment_at, zone_problem

FOREVER = datetime.max.replace(tzinfo=UTC)
_NEVER = 9000
"""From this year on an end is none: `9999-12-31` is how people write "until further notice"."""
_YEARS = range(1971, _NEVER)
"""Of moments that every zone's clock knows; before and after them UTC may have no such day."""
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?", re.ASCII)
"""ISO 8601 knows more, weeks of the year for one, which people take for others than they are."""
_EXAMPLE = "write a day, `2026-12-20`, or a moment, `2026-12-20 18:00`"


@dataclass(frozen=True)
class FrozenSpan:
    """A freeze from its first moment, in UTC, to the first moment after it."""

    freeze: Freeze
    begin: datetime
    end: datetime

    def contains(self, moment: datetime) -> bool:
        """Whether it is on."""
        return self.begin <= moment < self.end


def freeze_problem(freeze: Freeze) -> str:
    """Why nothing can be made of a freeze, and what to write; empty when it is one."""
    if said := zone_problem(freeze.zone):
        return said
    for name, text in (("first", freeze.first), ("last", freeze.last)):
        read = _read(text)
        if read is None:
            return f"`{name}` is `{text}`, which is neither a day nor a moment; {_EXAMPLE}"
        if read.year not in _YEARS and (name == "first" or read.year < _NEVER):
            return f"`{name}` is `{text}`, a year that no freeze is for; {_EXAMPLE}"
    span = span_of(freeze)
    if span.begin == span.end:
        return f"it ends when it begins, {freeze.last}; let it end later"
    if span.begin > span.end:
        return f"it ends ({freeze.last}) before it begins ({freeze.first}); exchange the two"
    return ""


def span_of(freeze: Freeze) -> FrozenSpan:
    """The freeze in real time: the whole of its last day belongs to it.

    Of a doubled time at its end the second counts, so that it is never shorter than it reads.
    """
    zone = ZoneInfo(freeze.zone)
    first, last = _read(freeze.first), _read(freeze.last)
    if first is None or last is None:
        raise ValueError(freeze_problem(freeze))
    return FrozenSpan(freeze, _begin(first, zone), _end(last, zone))


def frozen_spans(
    freezes: Sequence[Freeze], bypasses: Sequence[Bypass], cluster: FleetCluster
) -> list[FrozenSpan]:
    """When the cluster is frozen; a freeze that is passed by begins when the bypass is over."""
    passed = [
        bypass.until for bypass in bypasses if bypass.freezes and means(bypass.clusters, cluster)
    ]
    spans = (span_of(freeze) for freeze in freezes if means(freeze.clusters, cluster))
    shortened = (replace(span, begin=max([span.begin, *passed])) for span in spans)
    return [span for span in shortened if span.begin < span.end]


def frozen_at(spans: Sequence[FrozenSpan], moment: datetime) -> FrozenSpan | None:
    """The freeze that is on; of several the one that ends last."""
    return max((s for s in spans if s.contains(moment)), key=lambda s: s.end, default=None)


def _read(text: str) -> date | datetime | None:
    if not _WRITTEN.fullmatch(text):
        return None
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None


def _begin(first: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(first, datetime):
        return moment_at(datetime.combine(first, time()), zone)
    return first.astimezone(UTC) if first.tzinfo else moment_at(first, zone)


def _end(last: date | datetime, zone: ZoneInfo) -> datetime:
    if last.year >= _NEVER:
        return FOREVER
    if isinstance(last, datetime):
        return last.astimezone(UTC) if last.tzinfo else last_moment_at(last, zone)
    return moment_at(datetime.combine(last + timedelta(days=1), time()), zone)

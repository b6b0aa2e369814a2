"""Times of a run: reading them, subtracting them, saying them as people do."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

# Not in a run's id (`manual__2026-...`), in a command (`--since-time=2026-...`) or in an address.
_ISO = re.compile(
    r"(?<![\w=/`-])\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})(?![\w`])"
)


def seconds_between(started: str | None, ended: str | None) -> float | None:
    """Seconds between two ISO 8601 times; None when either is missing."""
    if not started or not ended:
        return None
    return (_read(ended) - _read(started)).total_seconds()


def moment_text(iso: str) -> str:
    """A moment for people, always with its zone: `26 Nov 2026, 03:12 UTC`."""
    moment = _read(iso).astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def with_moments(sentence: str) -> str:
    """A sentence with each ISO 8601 time in it as people write it."""
    return _ISO.sub(lambda found: moment_text(found.group()), sentence)


def span(pairs: Iterable[tuple[str | None, str | None]]) -> float | None:
    """Seconds from the earliest start to the latest end of `(started, ended)` pairs."""
    known = [(begin, end) for begin, end in pairs if begin and end]
    if not known:
        return None
    begin = min(_read(start) for start, _ in known)
    return (max(_read(end) for _, end in known) - begin).total_seconds()


def epoch(iso: str | None) -> float | None:
    """Seconds since the epoch of an ISO 8601 time; None when it is missing."""
    return _read(iso).timestamp() if iso else None


def covered(intervals: Sequence[tuple[float, float]]) -> float:
    """Length of the union of intervals: two waits side by side count once."""
    total = 0.0
    reach = float("-inf")
    for begin, end in sorted(intervals):
        total += max(0.0, end - max(begin, reach))
        reach = max(reach, end)
    return total


def _read(iso: str) -> datetime:
    """A time without a zone is taken for UTC, in which this project writes all of its times."""
    moment = datetime.fromisoformat(iso)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

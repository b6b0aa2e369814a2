"""Times of a run: reading them, subtracting them, saying them."""

from collections.abc import Iterable, Sequence
from datetime import datetime


def seconds_between(started: str | None, ended: str | None) -> float | None:
    """Seconds between two ISO 8601 times; None when either is missing."""
    if not started or not ended:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def duration_text(seconds: float | None) -> str:
    """A duration for people: `850 ms` is `0.9 s`; above a minute `4 min 05 s`, then hours."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def span(pairs: Iterable[tuple[str | None, str | None]]) -> float | None:
    """Seconds from the earliest start to the latest end of `(started, ended)` pairs."""
    known = [(begin, end) for begin, end in pairs if begin and end]
    if not known:
        return None
    begin = min(datetime.fromisoformat(start) for start, _ in known)
    return (max(datetime.fromisoformat(end) for _, end in known) - begin).total_seconds()


def covered(intervals: Sequence[tuple[float, float]]) -> float:
    """Length of the union of intervals: two waits side by side count once."""
    total = 0.0
    reach = float("-inf")
    for begin, end in sorted(intervals):
        total += max(0.0, end - max(begin, reach))
        reach = max(reach, end)
    return total

"""Durations as people say them."""


def duration_text(seconds: float | None) -> str:
    """A duration for people, in its two largest units: `45 s`, `4 min 5 s`, `1 h 5 min`, `2 d`."""
    if seconds is None:
        return "-"
    if 0 < seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    if whole >= 3600:  # minutes are the smallest of two units here, and are rounded, not cut off
        whole = round(seconds / 60) * 60
    if whole >= 86400:
        whole = round(seconds / 3600) * 3600
    return _in_units(whole)


def _in_units(whole: int) -> str:
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    units = ((days, "d"), (hours, "h"), (minutes, "min"), (left, "s"))
    return " ".join(f"{count} {unit}" for count, unit in units if count) or "0 s"

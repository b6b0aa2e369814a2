"""Durations as Go writes them, which kubectl's flags and annotations use: `90s`, `1h30m`."""

import re

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
"""In seconds: https://pkg.go.dev/time#ParseDuration."""


def seconds_of(text: str) -> float:
    """Seconds of a duration such as `90s`, `5m` or `1h30m`; `0` needs no unit.

    Raises:
        ValueError: it is no duration, or a negative one.
    """
    if text == "0":
        return 0.0
    units = "|".join(sorted(UNITS, key=len, reverse=True))
    parts = re.findall(rf"(\d+(?:\.\d*)?|\.\d+)({units})", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"'{text}' is no duration; write 90s, 5m or 1h30m")
    return sum(float(number) * UNITS[unit] for number, unit in parts)

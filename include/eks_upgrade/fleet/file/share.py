"""A part of a ring: so many clusters, or so many of a hundred. The one place that reads it."""

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from include.eks_upgrade.fleet.file.worded import Misfit

PERCENTAGE = r"^\d{1,3}(\.\d+)?%$"
_UP_TO_100 = r"^(100(\.0+)?|\d{1,2}(\.\d+)?)%$"
"""For the schema alone, which cannot count."""
WRITTEN = "a whole number such as 3, or a percentage such as 20%"


def rounded_down(share: int | str, of: int) -> int:
    """How many of `of` that is, rounded down, at least one: how many may go side by side."""
    return max(1, int(share if isinstance(share, int) else _fraction(share) * of))


def rounded_up(share: int | str, of: int) -> int:
    """How many of `of` that is, rounded up: how many may be unhealthy."""
    return share if isinstance(share, int) else -int(-(_fraction(share) * of) // 1)


def _fraction(share: str) -> Fraction:
    # As a fraction, because 0.07 * 100 is more than 7 in floating point.
    return Fraction(share.strip().rstrip("% ")) / 100


def _read(least: int) -> BeforeValidator:
    def read(value: Any) -> int | str:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise Misfit(f"{value!r} is neither a number nor a percentage", f"write {WRITTEN}")
        if isinstance(value, str):
            return _percentage(value.strip(), least)
        if value < least:
            raise Misfit(f"{value} is below {least}", f"write {WRITTEN}")
        return value

    return BeforeValidator(read)


def _percentage(text: str, least: int) -> str:
    if not re.fullmatch(PERCENTAGE, text):
        raise Misfit(f"{text!r} is neither a number nor a percentage", f"write {WRITTEN}")
    if _fraction(text) > 1:
        raise Misfit(f"{text} is more than there is", "give 100% or less")
    if least and not _fraction(text):
        raise Misfit("with 0% nothing would ever begin", f"write {WRITTEN}")
    return text


def _schema(least: int) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": least},
                {"type": "string", "pattern": _UP_TO_100},
            ]
        }
    )


AtOnce = Annotated[int | str, _read(1), _schema(1)]
"""How many side by side: one or more, or 1% to 100%."""

Unhealthy = Annotated[int | str, _read(0), _schema(0)]
"""How many may be unhealthy: none or more, or 0% to 100%."""

"""A number or a percentage of the fleet file, as the number that it comes to."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation


def rounded_down(share: int | str, whole: int) -> int:
    """How many of `whole` may be at work at once: never none, as nothing would ever move."""
    return max(1, int(_part(share, whole).to_integral_value(ROUND_FLOOR)))


def rounded_up(share: int | str, whole: int) -> int:
    """How many of `whole` are tolerated."""
    return max(0, int(_part(share, whole).to_integral_value(ROUND_CEILING)))


def _part(share: int | str, whole: int) -> Decimal:
    """Decimal: 7 % of 100 are 7, and not 7.000000000000001, which rounds up to 8.

    Raises:
        ValueError: it is neither a number nor a percentage. Reading the file refuses that first.
    """
    text = str(share).strip()
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError(f"{share!r} is neither a number nor a percentage such as 20%") from None
    return number * whole / 100 if text.endswith("%") else number

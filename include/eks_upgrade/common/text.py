"""Small rules of how a sentence is put together."""

from collections.abc import Collection, Sequence

MAX_LISTED = 5
"""Objects that a sentence names unless it says otherwise; the rest are counted."""


def first_few(names: Collection[object], most: int = MAX_LISTED, *, separator: str = ", ") -> str:
    """The first names and how many more there are: `a, b, c and 4 more`."""
    shown = separator.join(str(name) for name in list(names)[:most])
    rest = len(names) - most
    return shown + (f" and {rest} more" if rest > 0 else "")


def first_lines(lines: Sequence[str], most: int, rest: str = "and {} more") -> list[str]:
    """The first lines, and a last one that counts those left out, when there are any."""
    left_out = len(lines) - most
    return [*lines[:most], *([rest.format(left_out)] if left_out > 0 else [])]


def unstopped(text: str) -> str:
    """A sentence of AWS without its full stop, so that ours can go on behind it."""
    return text.rstrip(". \n")

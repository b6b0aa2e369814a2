"""Messages as lines of a log that a window shows whole. Pure.

A log's window neither wraps nor scrolls well: what a person needs at once stands at the left, in
lines that are short enough, and a remedy has a line of its own.
"""

import re
import textwrap

WIDTH = 80
"""Characters of a line; Airflow writes time and level before it. More are cut off in a window of
1280 pixels, beside the tasks."""

_REMEDY = re.compile(r"[.;] (?=remedy: )", re.IGNORECASE)
_PLACE = re.compile(r"\s*(?:\d+\. |- )?")
_LITERAL = re.compile(r"`[^`]*`")
_KEPT = "\ue000"


def log_lines(message: str, width: int = WIDTH) -> list[str]:
    """The lines of a message, none of them longer than `width`.

    A remedy begins a line of its own, below what it is about. What stands between backquotes is to
    be copied, and is broken only when it is longer than a line itself.
    """
    return [
        line
        for whole in message.splitlines()
        if whole.strip()
        for line in _broken(whole.rstrip(), width)
    ]


def _broken(line: str, width: int) -> list[str]:
    place = _PLACE.match(line)
    indent = " " * (place.end() if place else 0)
    first, *rest = _REMEDY.split(line)
    lines = _wrapped(f"{first}." if rest else first, "", indent, width)
    for remedy in rest:
        lines += _wrapped(remedy[0].upper() + remedy[1:], indent or "  ", f"{indent}  ", width)
    return lines


def _wrapped(text: str, first: str, later: str, width: int) -> list[str]:
    kept = _LITERAL.sub(lambda match: match[0].replace(" ", _KEPT), text)
    lines = textwrap.wrap(
        kept,
        width,
        initial_indent=first,
        subsequent_indent=later or "  ",
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return [line.replace(_KEPT, " ") for line in lines]

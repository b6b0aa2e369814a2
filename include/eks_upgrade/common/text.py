"""Small rules of how a sentence is put together."""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

_SENTENCE_END = re.compile(r"\.\s+(?=[A-Z])|\n")

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


def first_sentence(text: str) -> str:
    """The first sentence without its full stop: what happened, without what to do about it.

    A full stop ends it where a capital letter or a line follows; one in a name or a version does
    not.
    """
    return unstopped(_SENTENCE_END.split(text.strip(), maxsplit=1)[0])


def trimmed(value: Any) -> Any:
    """A parameter without the blanks around its texts, those in lists and mappings too.

    The only place where blanks are taken off: a name that was copied has one at its end.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return {trimmed(key): trimmed(one) for key, one in value.items()}
    return [trimmed(one) for one in value] if isinstance(value, list | tuple) else value


def nearest(word: str, known: Collection[str]) -> str:
    """The known word that was probably meant; empty when none is like it."""
    by_form = {_form(one): one for one in known}
    found = difflib.get_close_matches(_form(word), by_form, n=1, cutoff=0.6)
    return by_form[found[0]] if found else ""


def _form(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")

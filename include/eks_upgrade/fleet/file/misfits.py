"""What pydantic finds at a place of the file, in words, with what to do about it."""

from collections.abc import Callable, Sequence
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few, nearest
from include.eks_upgrade.fleet.file.descriptions import described
from include.eks_upgrade.fleet.file.document import Document
from include.eks_upgrade.fleet.file.finding import Finding, Place
from include.eks_upgrade.fleet.file.keys import homes, model_at

MOST_KEYS = 12
"""Keys that a remedy lists."""


def misfits(errors: Sequence[Raw], document: Document) -> list[Finding]:
    """A finding for each of pydantic's errors."""
    # A list of which each entry is wrong counts as empty, which is no news.
    news = [each for each in errors if each["type"] != "too_short" or not each["input"]]
    return [_finding(error, document) for error in news]


def place_of(error: Raw) -> Place:
    """Where it is; pydantic marks a key itself with a step `[key]`."""
    return tuple(step for step in error["loc"] if step != "[key]")


def _finding(error: Raw, document: Document) -> Finding:
    place, kind, context = place_of(error), error["type"], error.get("ctx") or {}
    if kind == "missing":
        return Finding(place, "it is not given", f"give it; it is {_about(place)}")
    if kind == "extra_forbidden":
        return _unknown_key(place)
    if kind == "string_type" and place in document.written:
        written = document.written[place]
        what = f"a text is wanted, and YAML reads {written} as {_kind(error['input'])}"
        return Finding(place, what, f'write "{written}" in quotes')
    if kind in _BY_TYPE:
        return Finding(place, *_BY_TYPE[kind](error["input"], context))
    return Finding(place, error["msg"], f"write what it is: {_about(place)}")


def _about(place: Place) -> str:
    """What the docs say of the key; a place that no model has gets the page's name."""
    keys = [number for number, step in enumerate(place) if isinstance(step, str)]
    last = keys[-1] if keys else 0
    model = model_at(place[:last]) if place else None
    text = described(model).get(str(place[last])) if model else None
    return text or "docs/fleet.md has every key"


def _unknown_key(place: Place) -> Finding:
    key, model = str(place[-1]), model_at(place[:-1])
    known = list(model.model_fields) if model else []
    meant = nearest(key, known)
    elsewhere = [path or "the top of the file" for path in homes().get(key, ())]
    if meant:
        remedy = f"write {meant}"
    elif elsewhere:
        remedy = f"it belongs to {' or '.join(elsewhere)}"
    else:
        remedy = f"leave it out; here may be {first_few(known, MOST_KEYS)}"
    return Finding(place, f"there is no key {key!r} here", remedy)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    return {int: "a number", float: "a number", list: "a list", dict: "a mapping"}.get(
        type(value), "a text"
    )


_Worded = Callable[[Any, dict[str, Any]], tuple[str, str]]


def _wanted(kind: str, remedy: str) -> _Worded:
    def worded(value: Any, _: dict[str, Any]) -> tuple[str, str]:
        shown = f"{value!r}" if isinstance(value, str) else f"{value}"
        single = isinstance(value, str | int | float)
        return f"{kind} is wanted, and {shown if single else _kind(value)} is not", remedy

    return worded


def _bound(words: str, key: str, remedy: str) -> _Worded:
    return lambda value, context: (
        f"{value} is {words} {context[key]:g}",
        remedy.format(f"{context[key]:g}"),
    )


_NUMBER = _wanted("a number", "write digits, without quotes and without a unit")
_WHOLE = _wanted("a whole number", "write digits, without quotes and without a unit")
_YES_NO = _wanted("true or false", "write true or false, without quotes")
_TEXT = _wanted("a text", "write one text here")
_LIST = _wanted("a list", "write each entry in a line of its own behind `- `, or all in [ ]")
_MAPPING = _wanted("a mapping", "write `key: value`, a line each, indented alike")
_MOMENT = _wanted("a moment", "write it with its zone: 2027-01-08T06:00:00+01:00")

_BY_TYPE: dict[str, _Worded] = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _YES_NO,
    "string_type": _TEXT,
    "tuple_type": _LIST,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "timezone_aware": lambda value, _: (
        f"{value} may be any of 24 hours, for it has no zone",
        "write the offset behind it: 2027-01-08T06:00:00+01:00, or Z for UTC",
    ),
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "string_too_short": lambda *_: ("it is an empty text", "write something, or take it away"),
    "too_short": lambda *_: ("it is empty", "give at least one entry"),
    # Of our own validators, `worded.py`.
    "value_error": lambda _, context: (context["error"].what, context["error"].remedy),
    "greater_than_equal": _bound("below", "ge", "give {} or more"),
    "greater_than": _bound("not above", "gt", "give more than {}"),
    "less_than_equal": _bound("above", "le", "give {} or less"),
    "less_than": _bound("not below", "lt", "give less than {}"),
}

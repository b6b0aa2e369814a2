"""One field of the form: a text, a switch, a number, a choice; and the form's sections.

How Airflow 3.3's form reads a schema: a field has a red asterisk unless its type allows null; an
emptied field is sent as null, which `NamedParam` takes for the default; fields without a section
are in the only one that is open; a browser keeps numbers within `minimum` and `maximum`. All that
is said of a value that breaks the schema is a dump of that schema. So a schema has no patterns and
no lengths: the plan judges, in words, before anything is touched.
"""

import re
from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param

_CODE, _MARKUP = re.compile(r"`([^`]*)`"), re.compile(r"[*_\[\]<\\]")

FIRST = None
"""Where those fields are that most runs need: Airflow opens this section, and calls it itself."""
HOPS = "Several minors"
SCOPE = "Connection and node groups"
DRAIN = "Drain"
BLOCKED = "Pods that will not go"
NODES = "New nodes"
CHECKS = "Add-ons and upgrade insights"
SMOKE_TEST = "Smoke test"
APPROVAL = "Approval"
WAY_BACK = "Way back"
RECOVERY = "Old groups that will not go"
LIMITS = "Waits and limits"
PREDICTION = "Prediction"
RELEASE = "Release"


def without_code(about: str) -> str:
    """A description whose names in backquotes are plain words.

    Airflow's form draws code as boxes that are higher than its lines: in a narrow window they cover
    the words above and below.
    """
    return _CODE.sub(lambda found: _MARKUP.sub(r"\\\g<0>", found[1]), about)


def text(title: str, about: str, section: str | None, default: str = "", **more: Any) -> Param:
    """A text that may be empty."""
    return _field(default, "string", title, about, section, **more)


def required_text(title: str, about: str) -> Param:
    """A text without which nothing can be triggered."""
    return Param("", type="string", minLength=1, title=title, description_md=without_code(about))


def lines(title: str, about: str, section: str | None) -> Param:
    """Texts, one a line."""
    return _field([], "array", title, about, section, items={"type": "string"})


def objects(title: str, about: str, section: str | None) -> Param:
    """Objects, as JSON."""
    return _field([], "array", title, about, section, items={"type": "object"})


def numbers(title: str, about: str, section: str | None) -> Param:
    """Numbers by their names: a JSON object."""
    return _field({}, "object", title, about, section)


def some_of(title: str, about: str, section: str | None, meanings: Mapping[str, str]) -> Param:
    """Any of some words, none at first; `meanings` has what each of them means."""
    # With examples the form offers them to choose from.
    more: dict[str, Any] = {"examples": list(meanings), "values_display": dict(meanings)}
    return _field([], "array", title, about, section, items={"type": "string"}, **more)


def yes_no(title: str, about: str, section: str | None, *, default: bool = False) -> Param:
    """A switch."""
    return _field(default, "boolean", title, about, section)


Bounds = tuple[float, float]


def number(default: float, title: str, about: str, section: str | None, bounds: Bounds) -> Param:
    """A number from the lower to the upper bound."""
    low, high = bounds
    return _field(default, "number", title, about, section, minimum=low, maximum=high)


def whole(
    default: int | None, title: str, about: str, section: str | None, bounds: Bounds
) -> Param:
    """A whole number from the lower to the upper bound."""
    low, high = bounds
    return _field(default, "integer", title, about, section, minimum=low, maximum=high)


def minutes(default: float, title: str, about: str, section: str | None = LIMITS) -> Param:
    """A time in minutes, up to a week; zero is refused by the plan."""
    return number(default, title, f"{about} Minutes.", section, (0, 10080))


def choice(
    default: str, title: str, about: str, section: str | None, meanings: Mapping[str, str]
) -> Param:
    """One of some words; `meanings` has what each of them means."""
    # A choice that was emptied is sent as null, too, and must be one of the words for that.
    shown = {**meanings, "null": f"as by default: {default}"}
    return _field(
        default, "string", title, about, section, enum=[*meanings, None], values_display=shown
    )


def _field(
    default: Any, kind: str, title: str, about: str, section: str | None, **more: Any
) -> Param:
    place: dict[str, Any] = {"section": section} if section else {}
    return Param(
        default,
        type=["null", kind],
        title=title,
        description_md=without_code(about),
        **place,
        **more,
    )

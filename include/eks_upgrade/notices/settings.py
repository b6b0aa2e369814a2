"""Who is told of what, as it is configured: read, and judged with all problems at once. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.notices.model import Event

OPTION = "[eks_upgrade] notifiers"
PAGE = "docs/notifications.md"

SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["notifier"],
        "additionalProperties": False,
        "properties": {
            "notifier": {"type": "string", "pattern": r"^\w+(\.\w+)+$"},
            "name": {"type": "string", "minLength": 1},
            "arguments": {"type": "object", "propertyNames": {"pattern": r"^[A-Za-z_]\w*$"}},
            "events": {
                "type": "array",
                "minItems": 1,
                "items": {"enum": [str(event) for event in Event]},
            },
        },
    },
}


@dataclass(frozen=True, kw_only=True)
class NotifierSettings:
    """One entry of the configuration.

    Attributes:
        name: how it is called in messages: its own, or the class with its place in the list.
        notifier: dotted path of the class.
        arguments: of its constructor; texts in them may be templates.
        events: of which it tells.
    """

    name: str
    notifier: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    events: frozenset[Event] = frozenset(Event)


def read_settings(text: str, source: str) -> tuple[NotifierSettings, ...]:
    """The entries of a configuration; none for an empty one.

    Args:
        text: YAML, or JSON, which is a part of it.
        source: where the text stands, for messages.

    Raises:
        Refused: it is not a list of such entries; all problems are named.
    """
    try:
        plain = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Refused(_title(source), [_unreadable(error)]) from error
    if plain is None:
        return ()
    problems = _problems(plain)
    if problems:
        raise Refused(_title(source), problems)
    entries = tuple(_entry(number, raw) for number, raw in enumerate(plain, 1))
    twice = _named_twice(entries)
    if twice:
        raise Refused(_title(source), twice)
    return entries


def _entry(number: int, raw: Mapping[str, Any]) -> NotifierSettings:
    path = str(raw["notifier"])
    given = raw.get("events")
    return NotifierSettings(
        name=str(raw.get("name") or f"{number}. {path.rpartition('.')[2]}"),
        notifier=path,
        arguments=dict(raw.get("arguments") or {}),
        events=frozenset(map(Event, given)) if given else frozenset(Event),
    )


def _problems(plain: Any) -> list[Problem]:
    from jsonschema import validators  # noqa: PLC0415 - most runs have nothing to check

    checker = validators.Draft202012Validator(SCHEMA)
    found = sorted(checker.iter_errors(plain), key=lambda error: list(map(str, error.path)))
    return [Problem(_place(error.path), _misfit(error), f"see {PAGE}") for error in found]


def _misfit(error: Any) -> str:
    """What is wrong, without the value: it may be a secret in the wrong place."""
    rule, wanted = error.validator, error.validator_value
    if rule == "type":
        return f"it must be {_KINDS.get(wanted, wanted)}"
    if rule == "enum":
        return f"it must be one of {', '.join(wanted)}"
    if rule == "pattern":
        return "it must be " + ("a class with its module" if "\\." in wanted else "a plain name")
    if rule in {"minItems", "minLength"}:
        return "it must not be empty"
    return str(error.message)  # names of keys, none of their values


_KINDS = {"array": "a list", "object": "a mapping of names to values", "string": "a text"}


def _place(path: Any) -> str:
    """`entry 2, events, 1`, as people count."""
    steps = list(path)
    if not steps:
        return "the list"
    words = [str(step + 1) if isinstance(step, int) else str(step) for step in steps]
    return f"entry {', '.join(words)}"


def _named_twice(entries: tuple[NotifierSettings, ...]) -> list[Problem]:
    names = [entry.name for entry in entries]
    return [
        Problem(f"name {name!r}", "two entries have it", "give each a name of its own")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def _unreadable(error: yaml.YAMLError) -> Problem:
    where = getattr(error, "problem_mark", None)
    line = f" at line {where.line + 1}" if where else ""
    what = f"it is neither YAML nor JSON{line}: {getattr(error, 'problem', None) or 'unreadable'}"
    return Problem("the list", what, f"see {PAGE}")


def _title(source: str) -> str:
    return f"{OPTION} ({source}) cannot be used: nobody is told of anything"


def is_inline(value: str) -> bool:
    """Whether the option holds the list itself and not the path of a file."""
    return value.lstrip().startswith(("[", "{"))


def first_fault_of(template: str) -> str:
    """What is wrong with a template's syntax; empty when nothing is."""
    from jinja2 import Environment, TemplateSyntaxError  # noqa: PLC0415 - as above

    try:
        Environment().parse(template)  # noqa: S701 - nothing is rendered
    except TemplateSyntaxError as error:
        return f"{error.message} (line {error.lineno})"
    return ""


def texts_in(value: Any) -> list[str]:
    """All texts in plain JSON, keys left out."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in texts_in(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts_in(item)]
    return []

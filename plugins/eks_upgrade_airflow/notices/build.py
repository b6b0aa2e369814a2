"""From an entry of the configuration to a notifier."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from airflow.sdk import BaseNotifier

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import nearest
from include.eks_upgrade.notices.settings import NotifierSettings, first_fault_of, texts_in

TEMPLATES: Mapping[str, Any] = {
    "subject": "{{ notice.subject }}",
    "title": "{{ notice.subject }}",
    "html_content": "{{ notice.html }}",
    "body": "{{ notice.text }}",
    "message": "{{ notice.text }}",
    "text": "{{ notice.subject }}\n{{ notice.text }}",
}
"""What an argument of that name is where the constructor takes it and nothing is configured."""

_AS_JSON = {
    "text": "{{ notice.subject }}\n{{ notice.text }}",
    "event": "{{ notice.event }}",
    "cluster": "{{ notice.cluster }}",
}
"""What a webhook is sent in `json` unless its entry says what to send; Slack's and Mattermost's own
webhooks show `text`."""


def notifier_class(path: str) -> type[BaseNotifier]:
    """The class of that path.

    Raises:
        ImportError: there is none, or it is no notifier.
    """
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name, None)
    if found is None:
        raise ImportError(f"{module} has no {name}")
    if not (inspect.isclass(found) and issubclass(found, BaseNotifier)):
        raise ImportError("it is no BaseNotifier of Airflow")
    return found


def make(entry: NotifierSettings) -> BaseNotifier:
    """The notifier, with our templates where none are configured."""
    kind = notifier_class(entry.notifier)
    return kind(**{**_defaults(kind, entry.arguments), **entry.arguments})


def problems_of(entry: NotifierSettings) -> list[Problem]:
    """Why this entry would tell nobody; nothing is sent to find out."""
    try:
        kind = notifier_class(entry.notifier)
    except Exception as error:  # noqa: BLE001 - a module may fail on import in any way
        remedy = "correct the path, or install the provider in every worker"
        return [Problem(entry.name, f"{entry.notifier} cannot be imported: {error}", remedy)]
    found = [*_misnamed(entry, kind), *_bad_templates(entry, kind)]
    if found:
        return found
    try:
        make(entry)
    except Exception as error:  # noqa: BLE001 - constructors raise what they like
        what = f"{entry.notifier} cannot be made of these arguments: {type(error).__name__}"
        return [Problem(entry.name, what, "hold its arguments against its documentation")]
    return []


def accepted(kind: type[BaseNotifier]) -> dict[str, inspect.Parameter]:
    """The constructor's arguments by name, those of its bases among them where it hands on."""
    found: dict[str, inspect.Parameter] = {}
    for each in kind.__mro__:
        made = vars(each).get("__init__")
        if made is None or each is object:
            continue
        parameters = inspect.signature(made).parameters.values()
        for one in list(parameters)[1:]:
            found.setdefault(one.name, one)
        if not any(one.kind is one.VAR_KEYWORD for one in parameters):
            break
    return {
        name: one
        for name, one in found.items()
        if one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY} and name != "context"
    }


def _defaults(kind: type[BaseNotifier], given: Mapping[str, Any]) -> dict[str, Any]:
    taken = accepted(kind)
    filled = {name: text for name, text in TEMPLATES.items() if name in taken and name not in given}
    if "json" in taken and not {"json", "data", *filled} & {*given, *filled}:
        filled["json"] = dict(_AS_JSON)
    # A mail has one content; who gives a template file wants that.
    if "template" in given:
        filled.pop("html_content", None)
    return filled


def _misnamed(entry: NotifierSettings, kind: type[BaseNotifier]) -> list[Problem]:
    taken, given = accepted(kind), {**_defaults(kind, entry.arguments), **entry.arguments}
    return [
        *(_unknown(entry, name, list(taken)) for name in given if name not in taken),
        *(
            Problem(entry.name, f"the argument {name!r} is missing", "give it under `arguments`")
            for name, one in taken.items()
            if one.default is one.empty and name not in given
        ),
    ]


def _unknown(entry: NotifierSettings, name: str, taken: list[str]) -> Problem:
    near = nearest(name, taken)
    remedy = f"did you mean {near!r}?" if near else f"it takes {', '.join(sorted(taken))}"
    return Problem(entry.name, f"{entry.notifier} takes no argument {name!r}", remedy)


def _bad_templates(entry: NotifierSettings, kind: type[BaseNotifier]) -> list[Problem]:
    found = []
    for name, value in entry.arguments.items():
        texts = [text for text in texts_in(value) if "{{" in text or "{%" in text]
        if texts and name not in kind.template_fields:
            remedy = f"templates may stand in {', '.join(kind.template_fields) or 'none'}"
            found.append(Problem(entry.name, f"{name!r} is no template of this class", remedy))
            continue
        for fault in filter(None, map(first_fault_of, texts)):
            what = f"the template in {name!r} cannot be read: {fault}"
            found.append(Problem(entry.name, what, "correct it"))
    return found

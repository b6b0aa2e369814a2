"""One field of the form: a text, a switch, minutes, a choice; and the form's sections."""

from typing import Any

from airflow.sdk import Param

CLUSTER = "Cluster"
NODES = "New nodes"
DRAIN = "Drain"
SMOKE_TEST = "Smoke test"
RECOVERY = "Recovery"
LIMITS = "Waits and limits"


def text(title: str, about: str, section: str, **more: Any) -> Param:
    """A text; unless `required`, the form lets it be empty (and then sends null)."""
    kind = "string" if more.pop("required", False) else ["null", "string"]
    default = more.pop("default", "")
    return Param(default, type=kind, title=title, description=about, section=section, **more)


def yes_no(title: str, about: str, section: str, *, default: bool = False) -> Param:
    """A switch."""
    return Param(default, type="boolean", title=title, description=about, section=section)


def minutes(default: float, title: str, about: str, section: str = LIMITS) -> Param:
    """A time in minutes, above zero and up to a week."""
    return Param(
        default, type="number", exclusiveMinimum=0, maximum=10080, title=title,
        description=f"{about} Minutes.", section=section,
    )  # fmt: skip


def choice(default: str, title: str, about: str, section: str, message: dict[str, str]) -> Param:
    """One of some words; `message` has what each of them means."""
    return Param(
        default, type="string", enum=list(message), values_display=message, title=title,
        description=about, section=section,
    )  # fmt: skip

"""The question before a step: its words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.common.markdown import bullets, text
from include.eks_upgrade.common.moments import moment_text
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_lines
from include.eks_upgrade.planning.approval.points import Point

GO_ON, STOP = "Approve", "Stop here"
OPTIONS = (GO_ON, STOP)

MAX_LISTED = 60
"""Lines of each part of a plan in a question; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked; it travels as JSON while the answer is awaited.

    Attributes:
        point: where in the upgrade.
        cluster: its name.
        what: what begins when it is approved, as a noun: `the update of the control plane …`.
        node_group: the old node group that it is about; empty: none.
        fingerprint: of what was shown (`fingerprint.py`).
        asked: epoch seconds at which it was put.
        deadline: epoch seconds after which no answer counts.
        reminds: whether people are to be told again before that.
    """

    point: str
    cluster: str
    what: str
    node_group: str = ""
    fingerprint: str
    asked: float
    deadline: float
    reminds: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; keys are the attribute names."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Raw) -> "Question":
        """Read what `as_json` wrote."""
        return cls(**{key: plain[key] for key in cls.__dataclass_fields__ if key in plain})

    @property
    def subject(self) -> str:
        """The question in a line, as lists of many clusters' questions show it."""
        return f"Cluster {self.cluster}: may {self.what} begin?"


def what_begins(
    point: Point, *, from_version: str = "", to_version: str = "", old: str = "", new: str = ""
) -> str:
    """What a step begins, as a noun.

    Args:
        point: where in the upgrade.
        from_version: the present Kubernetes minor.
        to_version: the one to come.
        old: the node group that it is about.
        new: the one that takes its pods.
    """
    onto = f", whose pods go to '{new}'," if new else ""
    return {
        Point.CONTROL_PLANE: f"the update of the control plane from {from_version} to {to_version}",
        Point.FENCE: f"the fence and the drain of node group '{old}'{onto}",
        Point.OLD_GROUP_DELETION: f"the deletion of node group '{old}'",
        Point.ASG_DELETION: f"the deletion of the Auto Scaling group of node group '{old}'",
        Point.HOPS: f"the next upgrade, from {from_version} to {to_version},",
    }[point]


def body(asked: Question, plan: Raw) -> str:
    """The question's text as Markdown: what it means, then all that is known to decide it by.

    Args:
        asked: the question.
        plan: the plan as JSON. Shown are, each where it is there: `summary`, `prediction`,
            `findings`, `waivers`, `cost`, `warnings`.
    """
    until = moment_text(asked.deadline)
    parts = [
        f"**{GO_ON}** lets {text(asked.what)} begin. **{STOP}**, or no answer until {until}, does "
        "not: the run stops there, and nothing is begun. Clear the task to be asked again.",
        *(_part(title, _lines(plan.get(key))) for key, title in PARTS.items()),
        f"What is approved is the plan with the fingerprint `{asked.fingerprint}`. If the plan is "
        "made anew and is another one then, this question is put again.",
    ]
    return "\n\n".join(part for part in parts if part)


PARTS: Mapping[str, str] = {
    "summary": "The plan",
    "prediction": "How long it will take, and what it costs",
    "cost": "Cost",
    "findings": "Findings of the preflight",
    "waivers": "Waived",
    "warnings": "Warnings",
}
"""By key of the plan's JSON, the heading below which it is shown."""


def _part(title: str, lines: Sequence[str]) -> str:
    listed = first_lines(lines, MAX_LISTED, "and {} more: see the log of the plan")
    return f"**{title}**\n\n{bullets(listed)}" if listed else ""


def _lines(told: Any) -> list[str]:
    """What a part of the plan says, in lines: texts as they are, objects by their own `text`."""
    if not told:
        return []
    if isinstance(told, str):
        return told.splitlines()
    if isinstance(told, Mapping):
        return _of_object(told)
    if isinstance(told, Iterable):
        return [line for each in told for line in _lines(each)]
    return [str(told)]


def _of_object(told: Raw) -> list[str]:
    for key in ("lines", "text", "sentence", "summary"):
        if told.get(key):
            return _lines(told[key])
    plain = {key: value for key, value in told.items() if isinstance(value, str | int | float)}
    return [", ".join(f"{key}: {value}" for key, value in plain.items())] if plain else []

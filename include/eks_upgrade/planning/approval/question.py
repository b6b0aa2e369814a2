"""The question before a step: its words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.common.markdown import bullets, text
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_lines
from include.eks_upgrade.common.time.moments import moment_text
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
        following: the way of the next run that it is about (`1.31 to 1.32`); empty: none.
        fingerprint: of what was shown (`fingerprint.py`).
        asked: epoch seconds at which it was put.
        deadline: epoch seconds after which no answer counts.
        reminds: whether people are to be told again before that.
    """

    point: str
    cluster: str
    what: str
    node_group: str = ""
    following: str = ""
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
    point: Point,
    *,
    from_version: str = "",
    to_version: str = "",
    old: str = "",
    new: str = "",
    following: str = "",
) -> str:
    """What a step begins, as a noun.

    Args:
        point: where in the upgrade.
        from_version: the present Kubernetes minor.
        to_version: the one to come.
        old: the node group that it is about.
        new: the one that takes its pods.
        following: the way of the run that follows.
    """
    onto = f", whose pods go to '{new}'," if new else ""
    return {
        Point.CONTROL_PLANE: f"the update of the control plane from {from_version} to {to_version}",
        Point.FENCE: f"the fence and the drain of node group '{old}'{onto}",
        Point.OLD_GROUP_DELETION: f"the deletion of node group '{old}'",
        Point.ASG_DELETION: f"the deletion of the Auto Scaling group of node group '{old}'",
        Point.HOPS: f"the run of the next hop ({following})",
    }[point]


def body(asked: Question, plan: Raw) -> str:
    """The question's text as Markdown: what it means, then all that is known to decide it by.

    Args:
        asked: the question.
        plan: the plan as JSON; its `summary` and `warnings` are shown, sorted below headings.
    """
    until = moment_text(asked.deadline)
    parts = [
        f"**{GO_ON}** lets {text(asked.what)} begin. **{STOP}**, or no answer until {until}, does "
        "not: the run stops there, and nothing is begun. Clear the task to be asked again.",
        *(_part(title, lines) for title, lines in _parts(plan).items()),
        f"What is approved is the plan with the fingerprint `{asked.fingerprint}`. If the plan is "
        "made anew and is another one then, this question is put again.",
    ]
    return "\n\n".join(part for part in parts if part)


PLAN, WARNINGS = "The plan", "Findings and warnings"
HEADINGS: Mapping[str, str] = {
    "prediction:": "How long it will take, and what it costs",
    "support:": "How long it will take, and what it costs",
    "going back": "The way back",
    "WAIVED ": "Waived findings",
}
"""How lines of a plan begin, and the heading below which they are shown."""


def _parts(plan: Raw) -> dict[str, list[str]]:
    """The plan's lines by the heading below which they are shown, in the order of the headings."""
    found: dict[str, list[str]] = {title: [] for title in (PLAN, *HEADINGS.values(), WARNINGS)}
    for key, usual in (("summary", PLAN), ("warnings", WARNINGS)):
        for line in map(str, plan.get(key) or ()):
            begins = next((one for one in HEADINGS if line.startswith(one)), "")
            # The heading says already that it is one.
            found[HEADINGS.get(begins, usual)].append(line.removeprefix("prediction: "))
    return found


def _part(title: str, lines: Sequence[str]) -> str:
    listed = first_lines(lines, MAX_LISTED, "and {} more: see the log of the plan")
    return f"**{title}**\n\n{bullets(listed)}" if listed else ""

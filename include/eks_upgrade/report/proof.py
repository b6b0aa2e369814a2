"""What an ended run leaves for programs: whether it was seen to be good, and what it touched. Pure.

Whoever starts many runs must not go by their colour: a person can mark a run as they like, and a
run that was refused is as red as one that broke half-way.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.report.record import Record, TaskRecord, culprits
from include.eks_upgrade.report.verdict import Verdict, short_reason

LOOKING = frozenset({Stage.PLAN, Stage.LOCK, Stage.TURN})
"""Stages that change nothing of the cluster but its lock."""

_NEVER_BEGAN = frozenset({None, "skipped", "upstream_failed", "removed"})


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How a run has ended.

    Attributes:
        good: whether it was seen that the cluster is as planned.
        message: the verdict's sentence.
        stage: where it stopped, the value of a `Stage`; empty when it is good or nobody knows.
        touched: whether it may have changed anything.
        reason: what stopped it, in one line; empty when it is good.
    """

    good: bool
    message: str
    stage: str = ""
    touched: bool = True
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """For XCom."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Any) -> Self | None:
        """Read `as_json`; None for anything else, such as what another release has left."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("good"), bool):
            return None
        known = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
        return cls(**{"message": "", **known})


def proof_of(record: Record, verdict: Verdict) -> Proof:
    """The proof of a run that was judged."""
    if verdict.good:
        return Proof(good=True, message=verdict.message, touched=touched(record))
    at = next(iter(culprits(record.worked)), None)
    reason = short_reason(at) if at else ""
    return Proof(
        good=False,
        message=verdict.message,
        stage=at.stage.value if at and at.stage else "",
        touched=touched(record),
        reason=reason or verdict.message,
    )


def touched(record: Record) -> bool:
    """Whether a task that changes something may have done so."""
    return any(_may_have_changed(task) for task in record.worked if task.stage not in LOOKING)


def _may_have_changed(task: TaskRecord) -> bool:
    if task.state == "success" and task.result:
        return task.changed
    return task.state not in _NEVER_BEGAN

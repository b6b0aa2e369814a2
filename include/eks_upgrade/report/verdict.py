"""Whether a run has reached what it was for. Pure.

It has when that was seen: the check of the cluster found it as planned, or the plan found that
there is nothing to do. That nothing failed proves nothing: a run that a person ends has no failure
where no task was at work, and a task that a person calls a success has seen nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from include.eks_upgrade.common.errors import first_reason
from include.eks_upgrade.common.stages import TELLING, Stage
from include.eks_upgrade.report.advice import how_to_repeat, next_action
from include.eks_upgrade.report.record import (
    Record,
    TaskRecord,
    culprits,
    ended_by_person,
    unfinished,
)

MAX_WHY = 400
"""Characters of a failure's reason; the failed task's log and the report have all of it."""


@dataclass(frozen=True)
class Verdict:
    """Whether a run is good.

    Attributes:
        good: whether it has reached what it was for.
        message: one sentence: how that was seen, or what stopped it, where, and what to do.
    """

    good: bool
    message: str


def judge(record: Record, goals: Collection[str]) -> Verdict:
    """Judge a run.

    Args:
        record: what is known of it.
        goals: names of the tasks each of which, by its own result, shows that the run has
            reached what it was for.
    """
    missing = unfinished(record.worked)
    proof = _proof(record, goals)
    if proof and not missing:
        return _given_back(record, proof)
    return Verdict(good=False, message=_stopped(record, missing, goals))


def reached(record: Record, task: TaskRecord) -> bool:
    """Whether the task came to its end by itself and left a result."""
    told = bool(task.result) or (task.stage is Stage.PLAN and record.plan is not None)
    return task.state == "success" and not task.by_hand and told


def _proof(record: Record, goals: Collection[str]) -> str:
    """What shows that the run is good; empty when nothing does."""
    if record.plan and record.plan.nothing_to_do and _planned_here(record):
        return "the plan found nothing to do"
    for task in record.worked:
        if reached(record, task) and (task.name in goals or task.data.get("nothing_to_do")):
            return task.text.rstrip(".") or "the plan is made"
    return ""


def _planned_here(record: Record) -> bool:
    return any(task.stage is Stage.PLAN and reached(record, task) for task in record.worked)


def _given_back(record: Record, proof: str) -> Verdict:
    """A good run has given the cluster's lock back, and has told what it did."""
    broken = [task for task in record.tasks if task.stage in TELLING and task.state == "failed"]
    if not broken:
        return Verdict(good=True, message=proof)
    task = broken[0]
    title = task.stage.title if task.stage else task.name
    message = f"all is done ({proof}), but {title} failed at {where(task, record)}"
    return Verdict(good=False, message=f"{message}{_because(task)}; clear that task")


def _stopped(record: Record, missing: list[TaskRecord], goals: Collection[str]) -> str:
    tasks = record.worked
    called = [task for task in tasks if task.by_hand == "success" and task.name in goals]
    at = culprits(tasks) or called
    if not at:
        named = " or ".join(sorted(goals)) or "any task"
        return (
            f"nothing shows that the run has reached what it was for: no result of {named}; start "
            "a new run with the same parameters, it adopts what is done"
        )
    places = where(at[0], record) + (f" and {len(at) - 1} more" if len(at) > 1 else "")
    action = next_action(record).rstrip(".")
    todo = action[:1].lower() + action[1:]
    if ended_by_person(tasks):
        return f"a person ended the run at {places}{_because(at[0])}; {todo}"
    if at[0] in called or (at[0].by_hand and at[0] in missing):
        unseen = "the cluster is as planned" if at[0].stage is Stage.CLUSTER else "it is done"
        return (
            f"a person marked {places} as success, and so nobody has seen that {unseen}; "
            f"{how_to_repeat(at[0], record)}"
        )
    return f"the run stopped at {places}{_because(at[0])}; {todo}"


def _because(task: TaskRecord) -> str:
    reason = short_reason(task)
    return f": {reason.rstrip('.:')}" if reason else ""


def short_reason(task: TaskRecord) -> str:
    """What stopped the task, in a line that is not too long."""
    reason = first_reason(task.failure)
    return reason if len(reason) <= MAX_WHY else f"{reason[:MAX_WHY]}…"


def where(task: TaskRecord, record: Record) -> str:
    """The task, with the cluster and what it is about."""
    place = record.about(task) if record.label(task) else record.cluster
    return f"{task.name} [{place}]"

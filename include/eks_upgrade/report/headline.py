"""The headline of a report: upgraded, nothing to do, planned, stopped, or refused."""

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.report.model import Headline
from include.eks_upgrade.report.record import Record, TaskRecord, failed, unfinished


def headline(record: Record) -> Headline:
    """Judge a run by its tasks. Success is only told of what was seen to succeed."""
    tasks = record.worked
    if not tasks or unfinished(tasks):
        return _stopped(record)
    if {task.stage for task in tasks} == {Stage.PLAN}:
        return _planned(record)
    changed = _changed(record)
    if not changed:
        target = record.plan.to_version if record.plan else "its target"
        return Headline(
            "unchanged",
            f"Nothing to do: {record.cluster} is at {target} already",
            "Everything was looked at and found as it should be. Nothing was changed.",
        )
    return Headline("upgraded", _upgraded(record), f"{len(changed)} step(s) changed something.")


def _changed(record: Record) -> list[TaskRecord]:
    return [task for task in record.worked if task.changed]


def _upgraded(record: Record) -> str:
    plan = record.plan
    if plan is None:
        return f"Done: {record.cluster}"
    if plan.from_version == plan.to_version:
        return f"Completed: {plan.cluster} is at {plan.to_version}"
    return f"Upgraded: {plan.cluster} from {_way(plan)}"


def _planned(record: Record) -> Headline:
    """A run that only planned: the plan is its whole account."""
    plan = record.plan
    if plan is None or plan.nothing_to_do:
        text = f"Planned: there is nothing to do on {record.cluster}"
    else:
        text = f"Planned: {plan.cluster} can go from {_way(plan)}"
    return Headline("planned", text, "Nothing was changed.")


def _way(plan: Plan) -> str:
    return f"{plan.from_version} to {plan.to_version}"


def _stopped(record: Record) -> Headline:
    tasks, changed = record.worked, _changed(record)
    broken = failed(tasks)
    if not changed and any(task.stage is Stage.PLAN for task in broken):
        return Headline(
            "refused", "Refused: the plan does not allow this upgrade", "Nothing was touched."
        )
    culprits = [record.title(task) for task in broken]
    pending = [record.title(task) for task in unfinished(tasks)]
    where = ", ".join(culprits or pending[:1]) or "an unknown task"
    touched = (
        f"{len(changed)} step(s) had changed something before."
        if changed
        else "Nothing was changed before that."
    )
    return Headline("stopped", f"Stopped at {where}", f"{touched} Nothing was rolled back.")

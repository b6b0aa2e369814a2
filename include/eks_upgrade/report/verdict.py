"""The headline of a report: upgraded, nothing to do, stopped, or refused."""

from include.eks_upgrade.report.model import Verdict
from include.eks_upgrade.report.tasks import Record, Task, failed, result, title, unfinished, worked


def verdict(record: Record) -> Verdict:
    """Judge a run by its tasks. Success is only told of what was seen to succeed."""
    tasks = worked(record)
    plan = record.get("plan") or {}
    changed = [task for task in tasks if result(task).get("changed")]
    if not tasks or unfinished(tasks):
        return _stopped(record, tasks, changed)
    if not changed:
        return Verdict(
            "unchanged",
            f"Nothing to do: {plan.get('cluster', 'the cluster')} is at "
            f"{plan.get('to_version', 'its target')} already",
            "Everything was looked at and found as it should be. Nothing was changed.",
        )
    return Verdict("upgraded", _upgraded(plan), f"{len(changed)} step(s) changed something.")


def _upgraded(plan: dict[str, str]) -> str:
    cluster, before, after = (plan.get(key) for key in ("cluster", "from_version", "to_version"))
    if before == after:
        return f"Completed: {cluster} is at {after}"
    return f"Upgraded: {cluster} from {before} to {after}"


def _stopped(record: Record, tasks: list[Task], changed: list[Task]) -> Verdict:
    plan = record.get("plan") or {}
    culprits = [title(task, plan) for task in failed(tasks)]
    if not changed and any(task["task_id"] == "plan" for task in failed(tasks)):
        return Verdict(
            "refused", "Refused: the plan does not allow this upgrade", "Nothing was touched."
        )
    pending = [title(task, plan) for task in unfinished(tasks)]
    where = ", ".join(culprits or pending[:1]) or "an unknown task"
    touched = (
        f"{len(changed)} step(s) had changed something before."
        if changed
        else "Nothing was changed before that."
    )
    return Verdict("stopped", f"Stopped at {where}", f"{touched} Nothing was rolled back.")

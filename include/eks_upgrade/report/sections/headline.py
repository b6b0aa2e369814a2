"""The headline of a report: cluster, versions, and what came of the run."""

from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.control_plane.refusals import NODES_FIRST
from include.eks_upgrade.planning.still_to_come import still_to_come
from include.eks_upgrade.report.model import Headline
from include.eks_upgrade.report.record import (
    Record,
    TaskRecord,
    culprits,
    ended_by_person,
    failed,
    unfinished,
)
from include.eks_upgrade.report.words import in_a_sentence

MAX_CULPRITS = 3
"""Phases that a headline names as those where it stopped."""


def headline(record: Record) -> Headline:
    """Judge a run by its tasks. Success is only told of what was seen to succeed."""
    tasks = record.worked
    if not tasks or unfinished(tasks):
        return _stopped(record)
    if {task.stage for task in tasks} == {Stage.PLAN}:
        return _planned(record)
    changed = _changed(record)
    first = next((task.text for task in tasks if task.data.get(NODES_FIRST)), "")
    if first:
        return made(record, "unchanged", "nodes go first", first, versions=_now(record))
    if not changed:
        summary = "Everything was looked at and found as it should be. Nothing was changed."
        return made(record, "unchanged", "nothing to do", summary, versions=_now(record))
    summary = f"{_steps(len(changed))} changed something.{_on_the_way(record)}"
    return made(record, "upgraded", _upgraded(record), summary)


def made(
    record: Record, kind: str, outcome: str, summary: str, versions: str | None = None
) -> Headline:
    """A headline in the one form that all have: `shop from 1.25 to 1.26: upgraded`."""
    between = way(record) if versions is None else versions
    text = f"{' '.join(part for part in (record.cluster, between) if part)}: {outcome}"
    return Headline(kind, text, summary, versions=between, outcome=outcome)


def way(record: Record) -> str:
    """From which version to which: of the plan, or else what was seen and asked for."""
    if record.plan:
        begin, end = record.plan.from_version, record.plan.to_version
        return f"at {end}" if begin == end else f"from {begin} to {end}"
    seen, wanted = (record.world or {}).get("version"), record.request.get("target_version")
    if seen and wanted and seen != wanted:
        return f"from {seen} to {wanted}"
    if seen:
        return f"at {seen}"
    return f"to {wanted}" if wanted else ""


def _now(record: Record) -> str:
    return f"at {record.plan.to_version}" if record.plan else way(record)


def _on_the_way(record: Record) -> str:
    """What is still to come, where this run was one hop of several."""
    told = still_to_come(record.plan) if record.plan else ""
    return f" {told}" if told else ""


def _changed(record: Record) -> list[TaskRecord]:
    return [task for task in record.worked if task.changed]


def _upgraded(record: Record) -> str:
    plan = record.plan
    if plan is None:
        return "done"
    if record.goes_back:
        # The plan to cancel a way back leads from a version to the same one.
        return "way back cancelled" if plan.from_version == plan.to_version else "taken back"
    return "completed" if plan.from_version == plan.to_version else "upgraded"


def _planned(record: Record) -> Headline:
    """A run that only planned: the plan is its whole account."""
    nothing = record.plan is None or record.plan.nothing_to_do
    outcome = "planned, there is nothing to do" if nothing else "planned"
    return made(record, "planned", outcome, "Nothing was changed.")


def _stopped(record: Record) -> Headline:
    tasks, changed = record.worked, _changed(record)
    by_person = ended_by_person(tasks)
    refused = any(task.stage is Stage.PLAN for task in failed(tasks)) and not by_person
    if not changed and refused:
        what = "way back" if record.goes_back else "upgrade"
        outcome = f"refused, the plan does not allow this {what}"
        return made(record, "refused", outcome, "Nothing was touched.")
    parts = [record.part(task) for task in culprits(tasks)]
    where = first_few([in_a_sentence(part) for part in dict.fromkeys(parts)], MAX_CULPRITS)
    touched = (
        f"{_steps(len(changed))} had changed something before."
        if changed
        else "Nothing was changed before that."
    )
    stopped = "ended by a person" if by_person else "stopped"
    outcome = f"{stopped} at {where or 'an unknown step'}"
    stays = "What is done stays done." if record.goes_back else "Nothing was rolled back."
    return made(record, "stopped", outcome, f"{touched} {stays}")


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"

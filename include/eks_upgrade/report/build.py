"""From the record of a run to its report: pure, no clock and no network."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.report.advice import continuation
from include.eks_upgrade.report.availability import availability
from include.eks_upgrade.report.drains import node_drains
from include.eks_upgrade.report.durations import covered, duration_text, seconds_between, span
from include.eks_upgrade.report.headline import headline
from include.eks_upgrade.report.model import PassedObstacle, Phase, Report, Step, TimeSplit
from include.eks_upgrade.report.names import long_names
from include.eks_upgrade.report.order import group_turns
from include.eks_upgrade.report.record import Record, TaskRecord, worst
from include.eks_upgrade.report.versions import version_rows

MAX_LISTED_TASKS = 3
"""Tasks that met the same obstacle: as many are named, the rest is counted."""


def build_report(raw: Raw) -> Report:
    """Decide everything a report says.

    Args:
        raw: the record as JSON, as `record.py` describes it.
    """
    record = Record.from_json(raw)
    decided = headline(record)
    report = Report(
        cluster=record.cluster,
        headline=decided,
        facts=tuple(_facts(record)),
        versions=tuple(version_rows(record)),
        plan=record.plan.summary if record.plan and decided.kind == "planned" else (),
        phases=tuple(phases(record)),
        order=tuple(group_turns(record)),
        changes=tuple(task.text for task in record.worked if task.changed),
        obstacles=tuple(obstacles(record)),
        drains=tuple(node_drains(record)),
        availability=availability(record),
        warnings=tuple(_warnings(record)),
        continuation=continuation(record),
        split=time_split(record),
        request=tuple((name, _shown(value)) for name, value in record.request.items()),
    )
    return replace(report, names=long_names(report))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {item}" for name, item in value.items()) or "-"
    return "-" if value in (None, "") else str(value)


def _facts(record: Record) -> list[tuple[str, str]]:
    run = record.run
    pairs = [
        ("Cluster", record.cluster),
        ("Region", record.plan.region if record.plan else record.request.get("region")),
        ("DAG", run.get("dag_id")),
        ("Run", run.get("run_id")),
        ("Address", run.get("url")),
        ("Started", run.get("started")),
        ("Ended", run.get("ended")),
        ("Took", duration_text(seconds_between(run.get("started"), run.get("ended")))),
    ]
    return [(name, str(value)) for name, value in pairs if value]


def phases(record: Record) -> list[Phase]:
    """The run's phases in the order in which their first task appears."""
    by_phase: dict[str, list[TaskRecord]] = {}
    for task in record.worked:
        by_phase.setdefault(record.phase(task), []).append(task)
    return [
        Phase(
            name=name,
            state=worst(task.state for task in members),
            seconds=span((task.started, task.ended) for task in members),
            steps=tuple(_step(task, record) for task in members),
        )
        for name, members in by_phase.items()
    ]


def _step(task: TaskRecord, record: Record) -> Step:
    failure = task.failure.splitlines()
    return Step(
        task=record.title(task),
        state=task.state or "not run",
        seconds=seconds_between(task.started, task.ended),
        text=failure[0] if failure else task.text,
        changed=task.changed,
    )


def obstacles(record: Record) -> list[PassedObstacle]:
    """Everything that stood in the way, in the order of the tasks that met it first.

    What several tasks met alike, such as the same add-on's pods in each node group, is one entry.
    """
    met = (
        ((obstacle["what"], obstacle.get("passed_by") or ""), record.title(task))
        for task in record.worked
        for obstacle in task.result.get("obstacles") or []
    )
    return [
        PassedObstacle(first_few(list(dict.fromkeys(where)), MAX_LISTED_TASKS), what, passed_by)
        for (what, passed_by), where in by_key(met).items()
    ]


def _warnings(record: Record) -> list[str]:
    told = [*record.warnings, *(record.plan.warnings if record.plan else ())]
    for task in record.worked:
        for key in ("warnings", "notes", "not_copied"):
            told += task.data.get(key) or []
    return list(dict.fromkeys(str(warning) for warning in told))


def time_split(record: Record) -> TimeSplit | None:
    """The run's seconds: waits for AWS, drains, and the rest. Overlapping waits count once."""
    total = seconds_between(record.run.get("started"), record.run.get("ended"))
    if total is None:
        return None
    waits: dict[str, list[tuple[float, float]]] = {"aws": [], "drain": []}
    for task in record.tasks:
        for kind, began, ended in task.result.get("waits") or []:
            waits.setdefault(kind, []).append((began, ended))
    aws, drain = covered(waits["aws"]), covered(waits["drain"])
    both = covered([wait for kind in waits.values() for wait in kind])
    return TimeSplit(total=total, aws=aws, drain=drain, rest=max(0.0, total - both))

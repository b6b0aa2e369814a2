"""From the record of a run to its report: pure, no clock and no network.

A record is `{"plan": Plan JSON | None, "run": {"dag_id", "run_id", "url", "started", "ended"},
"request": {parameter: value}, "tasks": [...], "world": {"version", "node_groups": [...],
"addons": [...]} | None}`; `tasks` are described in `tasks.py`, `world` is what the cluster
looked like when the report was written.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from include.eks_upgrade.report.advice import continuation
from include.eks_upgrade.report.drains import node_drains
from include.eks_upgrade.report.model import (
    PassedObstacle,
    Phase,
    Report,
    Step,
    TimeSplit,
)
from include.eks_upgrade.report.redaction import without_secrets
from include.eks_upgrade.report.tasks import Record, Task, phase, result, title, worked, worst
from include.eks_upgrade.report.times import covered, duration_text, seconds_between, span
from include.eks_upgrade.report.verdict import verdict
from include.eks_upgrade.report.versions import version_rows


def build_report(record: Record) -> Report:
    """Decide everything a report says; tokens are taken out first."""
    clean: dict[str, Any] = without_secrets(record)
    plan = clean.get("plan") or {}
    request = clean.get("request") or {}
    tasks = worked(clean)
    return Report(
        cluster=cluster_name(clean),
        verdict=verdict(clean),
        facts=tuple(_facts(clean)),
        versions=tuple(version_rows(clean)),
        phases=tuple(phases(tasks, plan)),
        changes=tuple(result(task)["text"] for task in tasks if result(task).get("changed")),
        obstacles=tuple(obstacles(tasks, plan)),
        drains=tuple(node_drains(tasks, plan)),
        warnings=tuple(_warnings(plan, tasks)),
        continuation=continuation(clean),
        split=time_split(clean),
        request=tuple((name, _shown(value)) for name, value in request.items()),
    )


def cluster_name(record: Record) -> str:
    """The cluster's name from the plan, or else from what was asked for."""
    plan = record.get("plan") or {}
    request = record.get("request") or {}
    return str(plan.get("cluster") or request.get("cluster_name") or "unknown cluster")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {item}" for name, item in value.items()) or "-"
    return "-" if value in (None, "") else str(value)


def _facts(record: Record) -> list[tuple[str, str]]:
    run = record.get("run") or {}
    plan = record.get("plan") or {}
    request = record.get("request") or {}
    pairs = [
        ("Cluster", cluster_name(record)),
        ("Region", plan.get("region") or request.get("region")),
        ("DAG", run.get("dag_id")),
        ("Run", run.get("run_id")),
        ("Address", run.get("url")),
        ("Started", run.get("started")),
        ("Ended", run.get("ended")),
        ("Took", duration_text(seconds_between(run.get("started"), run.get("ended")))),
    ]
    return [(name, str(value)) for name, value in pairs if value]


def phases(tasks: Sequence[Task], plan: Mapping[str, Any]) -> list[Phase]:
    """The run's phases in the order in which their first task appears."""
    by_phase: dict[str, list[Task]] = {}
    for task in tasks:
        by_phase.setdefault(phase(task, plan), []).append(task)
    return [
        Phase(
            name=name,
            state=worst(task.get("state") for task in members),
            seconds=span((task.get("started"), task.get("ended")) for task in members),
            steps=tuple(_step(task, plan) for task in members),
        )
        for name, members in by_phase.items()
    ]


def _step(task: Task, plan: Mapping[str, Any]) -> Step:
    failure = (task.get("failure") or "").strip().splitlines()
    return Step(
        task=title(task, plan),
        state=task.get("state") or "not run",
        seconds=seconds_between(task.get("started"), task.get("ended")),
        text=failure[0] if failure else str(result(task).get("text", "")),
        changed=bool(result(task).get("changed")),
    )


def obstacles(tasks: Sequence[Task], plan: Mapping[str, Any]) -> list[PassedObstacle]:
    """Everything that stood in the way, in the order of the tasks that met it."""
    return [
        PassedObstacle(title(task, plan), obstacle["what"], obstacle.get("passed_by") or "")
        for task in tasks
        for obstacle in result(task).get("obstacles") or []
    ]


def _warnings(plan: Mapping[str, Any], tasks: Sequence[Task]) -> list[str]:
    told = list(plan.get("warnings") or [])
    for task in tasks:
        data = result(task).get("data") or {}
        for key in ("warnings", "notes", "not_copied"):
            told += data.get(key) or []
    return list(dict.fromkeys(str(warning) for warning in told))


def time_split(record: Record) -> TimeSplit | None:
    """The run's seconds: waits for AWS, drains, and the rest. Overlapping waits count once."""
    run = record.get("run") or {}
    total = seconds_between(run.get("started"), run.get("ended"))
    if total is None:
        return None
    waits: dict[str, list[tuple[float, float]]] = {"aws": [], "drain": []}
    for task in record.get("tasks", []):
        for kind, began, ended in result(task).get("waits") or []:
            waits.setdefault(kind, []).append((began, ended))
    aws, drain = covered(waits["aws"]), covered(waits["drain"])
    both = covered([wait for kind in waits.values() for wait in kind])
    return TimeSplit(total=total, aws=aws, drain=drain, rest=max(0.0, total - both))

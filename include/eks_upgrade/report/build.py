"""From the record of a run to its report: pure, no clock and no network."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.report.advice import continuation
from include.eks_upgrade.report.durations import moment_text, seconds_between, span, with_moments
from include.eks_upgrade.report.model import Phase, Report, Step
from include.eks_upgrade.report.names import long_names
from include.eks_upgrade.report.notes import read_notes
from include.eks_upgrade.report.record import Record, TaskRecord, worst
from include.eks_upgrade.report.sections.approvals import approvals
from include.eks_upgrade.report.sections.availability import availability
from include.eks_upgrade.report.sections.drains import node_drains
from include.eks_upgrade.report.sections.foretold import foretold
from include.eks_upgrade.report.sections.headline import headline
from include.eks_upgrade.report.sections.obstacles import obstacles
from include.eks_upgrade.report.sections.order import group_turns
from include.eks_upgrade.report.sections.time_split import time_split, waited_for_a_person
from include.eks_upgrade.report.sections.versions import version_rows

ACCOUNT, REGION = "Account", "Region"
"""Facts by which clusters of one name are told apart."""


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
        facts=tuple(run_facts(record)),
        versions=tuple(version_rows(record)),
        plan=record.plan.summary if record.plan and decided.kind == "planned" else (),
        phases=tuple(phases(record)),
        order=tuple(group_turns(record)),
        changes=tuple(with_moments(task.text) for task in record.worked if task.changed),
        obstacles=tuple(obstacles(record)),
        drains=tuple(node_drains(record)),
        availability=availability(record),
        warnings=tuple(_warnings(record)),
        continuation=continuation(record),
        split=time_split(record),
        foretold=tuple(foretold(record)),
        request=shown_request(record),
        listings=approvals(record),
        notes=read_notes(record.notes),
        others=str(record.run.get("reports") or ""),
        url=str(record.run.get("url") or ""),
        docs=str(record.run.get("docs") or ""),
    )
    return replace(report, names=long_names(report))


def shown_request(record: Record) -> tuple[tuple[str, str], ...]:
    """The parameters of the run, each value as a person reads it."""
    return tuple((name, _shown(value)) for name, value in record.request.items())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {item}" for name, item in value.items()) or "-"
    return "-" if value in (None, "") else str(value)


def run_facts(record: Record) -> list[tuple[str, str]]:
    """What is known about the run itself, in a person's words."""
    run = record.run
    pairs = [
        ("Cluster", record.cluster),
        (ACCOUNT, record.plan.account if record.plan else ""),
        (REGION, record.plan.region if record.plan else record.request.get("region")),
        ("DAG", run.get("dag_id")),
        ("Run", run.get("run_id")),
        ("Address", run.get("url")),
        ("Started", _moment(run.get("started"))),
        ("Ended", _moment(run.get("ended"))),
        ("Took", duration_text(seconds_between(run.get("started"), run.get("ended")))),
    ]
    return [(name, str(value)) for name, value in pairs if value]


def _moment(iso: str | None) -> str:
    return moment_text(iso) if iso else ""


def phases(record: Record) -> list[Phase]:
    """The run's phases in the order in which their first task appears."""
    by_phase: dict[str, list[TaskRecord]] = {}
    for task in record.worked:
        by_phase.setdefault(record.part(task), []).append(task)
    return [
        Phase(
            name=name,
            state=worst(task.state for task in members),
            seconds=_took(members),
            steps=tuple(_step(task, record) for task in members),
            person=waited_for_a_person(members, record),
        )
        for name, members in by_phase.items()
    ]


def _took(tasks: list[TaskRecord]) -> float | None:
    """From the first begin to the last end; a task that left no times has only a length."""
    known = span((task.started, task.ended) for task in tasks)
    lengths = [task.seconds for task in tasks if not task.ended and task.seconds]
    return known if not lengths else (known or 0.0) + max(lengths)


def _seconds(task: TaskRecord) -> float | None:
    known = seconds_between(task.started, task.ended)
    return task.seconds if known is None else known


def _step(task: TaskRecord, record: Record) -> Step:
    failure = task.failure.splitlines()
    return Step(
        task=record.title(task),
        state=task.state or "not run",
        seconds=_seconds(task),
        text=failure[0] if failure else with_moments(task.text),
        changed=task.changed,
        url=task.url,
    )


def _warnings(record: Record) -> list[str]:
    told = [*record.warnings, *(record.plan.warnings if record.plan else ())]
    for task in record.worked:
        for key in ("warnings", "notes", "not_copied"):
            told += task.data.get(key) or []
    said: list[str] = []
    for warning in (with_moments(str(one)) for one in told):
        # A step may say again, in the same words, what the plan said of a node group with a remedy.
        if not any(warning in earlier for earlier in said):
            said.append(warning)
    return said

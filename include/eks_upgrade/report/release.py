"""The report of a release: what a dead run had left, what of it was lifted, what stays and why.

The record is that of `record.py`; besides, `release` is `{"found", "lifted", "left": [sentence],
"lock": sentence, "only_look": whether nothing was to be changed, "runs": [[name, address of its
report]]}`. Its last tasks are known by their names: `look`, `lock`, `lift`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.report.build import phases, run_facts, shown_request
from include.eks_upgrade.report.durations import with_moments
from include.eks_upgrade.report.model import (
    Continuation,
    FailedStep,
    Headline,
    Listing,
    Phase,
    Report,
)
from include.eks_upgrade.report.names import long_names
from include.eks_upgrade.report.notes import read_notes
from include.eks_upgrade.report.record import Record, TaskRecord, failed
from include.eks_upgrade.report.redaction import without_secrets
from include.eks_upgrade.report.sections.headline import made
from include.eks_upgrade.report.sections.obstacles import obstacles
from include.eks_upgrade.report.sections.time_split import time_split

PHASES = {
    "look": "Look for what carries our mark",
    "lift": "Lift it",
    "list_ways_back": "Pods that go back",
}
MAX_NOTED = 3
"""Things that a note on the dead run's report names; the release's own report has all."""


def release_report(raw: Raw) -> Report:
    """Decide everything that the report of a release says."""
    record = Record.from_json({**raw, "release": ""})
    told: dict[str, Any] = without_secrets(dict(raw.get("release") or {}))
    report = Report(
        cluster=record.cluster,
        headline=_headline(record, told),
        facts=(*run_facts(record), *_left_by(told)),
        versions=(),
        plan=(),
        phases=tuple(map(_in_words, phases(record))),
        order=(),
        changes=tuple(with_moments(task.text) for task in returned(record) if task.changed),
        obstacles=tuple(obstacles(replace(record, tasks=returned(record)))),
        drains=(),
        availability=None,
        warnings=(),
        continuation=_continuation(record),
        split=time_split(record),
        request=shown_request(record),
        listings=_listings(told),
        notes=read_notes(record.notes),
        url=str(record.run.get("url") or ""),
        others=str(record.run.get("reports") or ""),
        docs=str(record.run.get("docs") or ""),
    )
    return replace(report, names=long_names(report))


BACK = "go_back."
"""Where the names of the tasks begin that bring pods back."""


def returned(record: Record) -> tuple[TaskRecord, ...]:
    """The tasks that brought pods back to old nodes."""
    return tuple(task for task in record.worked if task.name.startswith(BACK))


def note_text(lifted: list[str]) -> str:
    """What stands in the report of the run whose remains were lifted; empty: nothing was."""
    if not lifted:
        return ""
    return f"What this run had left was lifted ({_things(len(lifted))}): " + first_few(
        lifted, MAX_NOTED, separator="; "
    )


def _headline(record: Record, told: Mapping[str, Any]) -> Headline:
    lifted, found = len(told.get("lifted") or ()), len(told.get("found") or ())
    left = "What carries no mark of ours was not touched."
    if not _ended_well(record, "look"):
        kind, outcome = "refused", "release refused, nothing was lifted"
    elif told.get("only_look"):
        kind, outcome = "looked", f"release, only looked: {_things(found)} to lift"
    elif not _ended_well(record, "lift"):
        kind, outcome = "stopped", f"release stopped, {_things(lifted)} lifted before"
    elif returned(record) and failed(record.worked):
        kind, outcome = (
            "stopped",
            f"return to the old nodes stopped, {_things(lifted)} lifted before",
        )
    elif any(task.text for task in returned(record)):
        kind, outcome = "released", "pods are back on the old nodes"
    elif lifted:
        kind, outcome = "released", f"release, {_things(lifted)} lifted"
    else:
        kind, outcome = "unchanged", "release, there was nothing to lift"
    return made(record, kind, outcome, left, versions="")


def _ended_well(record: Record, name: str) -> bool:
    return any(task.name == name and task.state == "success" for task in record.tasks)


def _continuation(record: Record) -> Continuation | None:
    broken = failed(record.worked)
    if not broken:
        return None
    return Continuation(
        action="Put right what is named here, then start a new run of this DAG.",
        safe=("What is lifted stays lifted; what is not carries its mark as before.",),
        failed=tuple(_failed_step(task, record) for task in broken),
        done=(),
        not_done=(),
        left=(),
    )


def _failed_step(task: TaskRecord, record: Record) -> FailedStep:
    return FailedStep(
        task=record.title(task),
        part=PHASES.get(task.name, record.part(task)),
        why=task.failure or "It left no message; see its log.",
        remedies=("It can be run again at any time: nothing is lifted twice.",),
        url=task.url,
    )


def _listings(told: Mapping[str, Any]) -> tuple[Listing, ...]:
    def sentences(key: str) -> tuple[str, ...]:
        return tuple(with_moments(str(one)) for one in told.get(key) or ())

    lock = str(told.get("lock") or "")
    return (
        Listing("Found to lift", sentences("found"), "Nothing carried our mark."),
        Listing("Lifted", sentences("lifted"), "Nothing was lifted."),
        Listing("Left alone", sentences("left"), "Nothing that looks like ours was left."),
        Listing("Lock", (with_moments(lock),) if lock else ()),
    )


def _left_by(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    for name, address in told.get("runs") or ():
        pairs.append(("Left by", str(name)))
        pairs.append(("Its report", str(address)))
    return [(what, value) for what, value in pairs if value]


def _in_words(phase: Phase) -> Phase:
    return replace(phase, name=PHASES.get(phase.name, phase.name))


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"

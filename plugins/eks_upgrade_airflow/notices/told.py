"""What tasks tell people: each function composes one notice and sends it, if anybody wants it."""

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eks_upgrade_airflow.notices.about import has_report, question_url, subject_of
from eks_upgrade_airflow.notices.send import tell, wanted
from eks_upgrade_airflow.run.record import goes_back
from eks_upgrade_airflow.run.report_notes import add_note
from eks_upgrade_airflow.run.report_store import ReportStore, configured_place
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.notices.approval import step_waits
from include.eks_upgrade.notices.compose import (
    OpenQuestion,
    finished,
    question,
    reminder,
    started,
    stopped,
)
from include.eks_upgrade.notices.model import Event, Subject
from include.eks_upgrade.report.record import Record
from include.eks_upgrade.report.sections.headline import headline
from include.eks_upgrade.report.verdict import Verdict

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

ONCE = "told"
"""The mark of what a task tells once in the life of its run."""


def tell_started(context: "Context", cluster: str) -> tuple[Obstacle, ...]:
    """The run has the lock and begins; a task that is cleared does not say it again."""
    if not wanted(Event.STARTED):
        return ()
    about = subject_of(context, cluster)
    return tell(context, started(about, _what_begins(context, about)), ONCE)


def _what_begins(context: "Context", about: Subject) -> str:
    """In a word."""
    if not about.versions:
        return "run"
    return "way back" if goes_back(context) else "upgrade"


def tell_question(context: "Context", cluster: str, asked: OpenQuestion) -> tuple[Obstacle, ...]:
    """A person is asked; every question is sent, also the next one of the same task."""
    if not wanted(Event.QUESTION):
        return ()
    return tell(context, question(subject_of(context, cluster), asked))


def tell_again(context: "Context", cluster: str, asked: OpenQuestion) -> tuple[Obstacle, ...]:
    """Nobody has answered, and the question ends soon."""
    if not wanted(Event.REMINDER):
        return ()
    return tell(context, reminder(subject_of(context, cluster), asked))


def tell_step_waits(
    context: "Context",
    cluster: str,
    title: str,
    plan: Sequence[str],
    deadline: float,
    *,
    again: bool = False,
) -> tuple[Obstacle, ...]:
    """A step waits for a yes; every question is sent, and `again` when it ends soon."""
    if not wanted(Event.REMINDER if again else Event.APPROVAL):
        return ()
    about, url = subject_of(context, cluster), question_url(context)
    return tell(context, step_waits(about, title, plan, deadline, url, again=again))


def tell_end(context: "Context", record: Record, verdict: Verdict) -> tuple[Obstacle, ...]:
    """How the run ended; the same end is sent once, however often the verdict is cleared."""
    event = Event.FINISHED if verdict.good else Event.STOPPED
    if not wanted(event):
        return ()
    about = subject_of(context, record.cluster)
    if verdict.good:
        outcome = headline(record).outcome if record.plan else "done"
        notice = finished(about, outcome, verdict.message)
    else:
        notice = stopped(about, verdict.message)
    untold = tell(context, notice, mark_of(record, verdict))
    if untold and has_report(context):
        _note(context, untold)
    return untold


def _note(context: "Context", untold: Iterable[Obstacle]) -> None:
    """The report is written by now: what went wrong is added to it."""
    ti, text = context["ti"], "; ".join(each.what for each in untold)
    note = {"at": datetime.now(UTC).isoformat(), "text": text, "url": ""}
    try:
        add_note(ReportStore(configured_place()), ti.dag_id, ti.run_id, note)
    except Exception as error:  # noqa: BLE001 - each storage has errors of its own
        log.warning("the report does not say that somebody was not told: %s", error)


def mark_of(record: Record, verdict: Verdict) -> str:
    """What makes an end another one: its sentence, or that a task has been at work again."""
    tasks = [[task.name, task.map_index, task.state, task.seconds] for task in record.worked]
    whole = json.dumps([verdict.message, tasks], default=str)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


__all__ = [
    "question_url",
    "tell_again",
    "tell_end",
    "tell_question",
    "tell_started",
    "tell_step_waits",
]

"""How long a task waits for a person, and that it may wake once to have the person reminded."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk.exceptions import TaskAwaitingInput

from eks_upgrade_airflow.notices.send import wanted
from eks_upgrade_airflow.run.drain_session import DrainSession
from include.eks_upgrade.notices.compose import remind_after
from include.eks_upgrade.notices.model import Event

REMINDS = "reminds"
"""Key of what is kept with a question: whether this wait ends with a reminder."""


def await_answer(
    resume: Callable[..., Any],
    blocks: Sequence[Mapping[str, Any]],
    session: DrainSession,
    *,
    may_remind: bool,
) -> NoReturn:
    """End this process until somebody has answered, or until it is time to remind them.

    A task that waits for input has no trigger that could wake it: only its timeout does. The
    question stays as it is when that comes; Airflow 3.3.2 takes an answer that arrived while the
    task was awake as soon as it waits again. The question must not be put anew for that: putting
    it takes an answer away.

    Args:
        resume: the task's method that goes on, with `event` and `question`; the latter is
            `{"blocks": [...], "session": DrainSession.as_json(), "reminds": bool}`.
        blocks: the blocked pods.
        session: the drain so far.
        may_remind: whether people may be told again, if anybody wants it.

    Raises:
        TaskAwaitingInput: always; Airflow parks the task without a slot or a trigger.
    """
    now = time.time()
    first = remind_after(now, session.deadline) if may_remind and wanted(Event.REMINDER) else None
    wait = first or max(1.0, session.deadline - now)
    kept = {"blocks": blocks, "session": session.as_json(), REMINDS: first is not None}
    raise TaskAwaitingInput(
        method_name=resume.__name__,
        kwargs={"question": kept},
        timeout=timedelta(seconds=wait),
    )


def is_time_to_remind(event: Mapping[str, Any], question: Mapping[str, Any]) -> bool:
    """Whether the task was woken to remind people, and there is time left to answer.

    Args:
        event: Airflow's event of the answer, or that none came in time.
        question: what `await_answer` kept.
    """
    if not question.get(REMINDS) or event.get("error_type") != "timeout":
        return False
    return time.time() < float(question["session"]["deadline"])

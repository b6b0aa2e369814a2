"""A drain's questions to a person: how they are put, waited for, recalled once, and answered."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from logging import WARNING
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time.hitl import upsert_hitl_detail

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.notices.send import wanted
from eks_upgrade_airflow.notices.told import question_url, tell_again, tell_question
from eks_upgrade_airflow.operators.kubernetes import KubernetesStepOperator
from eks_upgrade_airflow.run.drain_session import DrainSession
from eks_upgrade_airflow.run.events import WAITS_KEY
from eks_upgrade_airflow.run.task_log import log_message
from eks_upgrade_airflow.ui.links import tells_where_the_report_is
from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.drain.account import short_answer, short_list
from include.eks_upgrade.drain.blocked import question as blocked
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.notices.compose import OpenQuestion, remind_after
from include.eks_upgrade.notices.model import Event

if TYPE_CHECKING:
    from airflow.sdk import Context

REMINDS = "reminds"
"""Key of what is kept with a question: whether this wait ends with a reminder."""

QUESTION_KEY = "question"
"""XCom key of the blocked pods that were asked about last."""

LATER_QUESTIONS = (
    "If it asks again, Airflow shows this same text: the present pods are in the task's log and in"
    f" its XCom `{QUESTION_KEY}`."
)
"""Airflow 3.3.2 (`upsert_hitl_detail`) keeps a task's first question for every later one."""

ANSWERS_KEY = "answers"
"""XCom key of the answers that were given: who, when, what."""


class AsksAPerson(KubernetesStepOperator):
    """A drain's questions to a person, and what becomes of their answers.

    Attributes:
        ask_again_minutes: when a person says to keep waiting, how long until the next question.
    """

    ask_again_minutes: float

    @property
    def target(self) -> Target:
        """The nodes to drain."""
        raise NotImplementedError

    def options(self) -> DrainOptions:
        """What the drain may do."""
        raise NotImplementedError

    def drain_on(self, context: "Context", session: DrainSession) -> StepResult:
        """Drain from here on."""
        raise NotImplementedError

    def answered(
        self, context: "Context", event: Mapping[str, Any], question: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Go on with a person's answer.

        Args:
            context: Airflow's.
            event: Airflow's event of the answer: `chosen_options`, `responded_by_user`,
                `responded_at`; or `error`, when nobody answered in time.
            question: what `await_answer` kept.
        """
        with tells_where_the_report_is(context), report_failure(context):
            if is_time_to_remind(event, question):
                self._remind(context, question)
            return self.publish(context, self._go_on(context, event, question))

    def ask(self, context: "Context", event: Mapping[str, Any], session: DrainSession) -> None:
        """Put the question, and end this process until there is an answer.

        Raises:
            TaskAwaitingInput: always; Airflow parks the task without a slot or a trigger.
        """
        blocks, options, now = event["data"]["blocks"], self.options(), time.time()
        ti: Any = context["ti"]  # its id is not in the protocol of airflow.sdk.types
        for line in blocked.block_lines(blocks):
            log_message(self.log, f"blocked: {line}", WARNING)
        ti.xcom_push(key=QUESTION_KEY, value=short_list(blocks))
        # Read where this task leaves no result: when nobody answers, or somebody says to stop.
        ti.xcom_push(key=WAITS_KEY, value=[*session.waits, session.wait_for_person()])
        asked = self._asked(context, blocks, session)
        upsert_hitl_detail(
            ti_id=ti.id,
            options=list(asked.options),
            subject=asked.title,
            body=blocked.body(
                blocks,
                options,
                now=now,
                deadline=session.deadline,
                ask_again_minutes=self.ask_again_minutes,
                note=LATER_QUESTIONS,
            ),
            params={},  # by default None, which Airflow 3.3.2's own API refuses
        )
        log_message(self.log, event["detail"])
        session = session.with_untold(tell_question(context, self._cluster, asked))
        await_answer(self.answered, blocks, session, may_remind=True)

    @property
    def _cluster(self) -> str:
        """How people call the cluster."""
        return self.cluster_name or self.kubernetes_conn_id or ""

    def _asked(
        self, context: "Context", blocks: Sequence[Mapping[str, Any]], session: DrainSession
    ) -> OpenQuestion:
        return OpenQuestion(
            title=blocked.subject(self.target.title, self._cluster),
            blocks=blocks,
            options=blocked.options(may_delete=self.options().may_delete_blocked_pods),
            deadline=session.deadline,
            url=question_url(context),
        )

    def _remind(self, context: "Context", question: Mapping[str, Any]) -> None:
        """Tell people once more that a question stands open, and wait for the rest of its time."""
        blocks, session = question["blocks"], DrainSession.from_json(question["session"])
        untold = tell_again(context, self._cluster, self._asked(context, blocks, session))
        await_answer(self.answered, blocks, session.with_untold(untold), may_remind=False)

    def _go_on(
        self, context: "Context", event: Mapping[str, Any], question: Mapping[str, Any]
    ) -> StepResult:
        blocks, session = question["blocks"], DrainSession.from_json(question["session"])
        waits = [*session.waits, session.wait_for_person(time.time())]
        context["ti"].xcom_push(key=WAITS_KEY, value=waits)
        if "error" in event:
            raise Stuck(blocked.end_message(self.target.title, blocks))
        answer = self._read_answer(event, blocks)
        if answer.option == blocked.STOP:
            raise Stuck(blocked.end_message(self.target.title, blocks, answer))
        if answer.left_waiting:
            self.log.info("that does nothing for pods that are %s", ", ".join(answer.left_waiting))
        session = session.answered(answer, time.time(), self.ask_again_minutes)
        answers = short_list([short_answer(one) for one in session.answers])
        context["ti"].xcom_push(key=ANSWERS_KEY, value=answers)
        return self.drain_on(context, session)

    def _answered_earlier_question(
        self, context: "Context", event: Mapping[str, Any]
    ) -> StepResult:
        """Somebody answered a question that an earlier try of this task had left open.

        Airflow resumes whatever waits then. Only the will to stop can be honoured: the pods that
        were asked about may be others than those that are blocked now.
        """
        answer = self._read_answer(event, ())
        if answer.option == blocked.STOP:
            raise Stuck(blocked.end_message(self.target.title, (), answer))
        self.log.info("nothing had been asked in this try; it asks again if it has to")
        return self.step(context)

    def _read_answer(
        self, event: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]
    ) -> blocked.Answer:
        user = event.get("responded_by_user") or {}
        at = event["responded_at"]
        answer = blocked.Answer(
            option=event["chosen_options"][0],
            who=str(user.get("name") or user.get("id") or "somebody"),
            at=at if isinstance(at, str) else at.isoformat(timespec="seconds"),
            blocks=blocks,
        )
        self.log.info("%s answered '%s' at %s", answer.who, answer.option, answer.at)
        return answer


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

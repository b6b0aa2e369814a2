"""Asking a person right before a step, by the step itself.

The task that would change something puts the question and waits in Airflow's state
`awaiting_input`, without a slot or a trigger. So nothing stands between the yes and what it was
said to, and a step that is not asked about costs nothing.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time.hitl import HITLUser, upsert_hitl_detail

from eks_upgrade_airflow.base import StepMixin, report_failure
from eks_upgrade_airflow.notices.send import wanted
from eks_upgrade_airflow.notices.told import tell_step_waits
from eks_upgrade_airflow.run.events import APPROVAL_KEY, WAITS_KEY
from eks_upgrade_airflow.run.record import PLAN_TASK
from eks_upgrade_airflow.run.task_log import log_message
from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.notices.compose import remind_after
from include.eks_upgrade.notices.model import Event
from include.eks_upgrade.planning.approval.answer import Approval, judge_answer, read_answer
from include.eks_upgrade.planning.approval.fingerprint import (
    group_fingerprint,
    next_fingerprint,
    plan_fingerprint,
)
from include.eks_upgrade.planning.approval.points import APPROVAL_MINUTES, Point, users_of
from include.eks_upgrade.planning.approval.question import OPTIONS, Question, body, what_begins
from include.eks_upgrade.planning.plan import Plan

if TYPE_CHECKING:
    from airflow.sdk import Context

STORE_KEY = "approved_"
"""Where an approval is kept (task_state_store): a task that is cleared does not ask again for what
was approved. The question itself is Airflow's, and is another one in each try."""


class AsksApproval(StepMixin):
    """Asks a person before its step, where `approvals` names its point.

    A subclass calls `await_approval` in its step once it knows that there is something to do. The
    plan of the run is what is shown and approved; an approval is for one fingerprint of it. What
    was approved stands in the result's data as `approval` (`Approval.as_json`).

    Attributes:
        point: where in an upgrade this is.
        approvals: the points at which a person is asked.
        approvers: who may answer, as docs/parameters.md says; empty: whoever Airflow lets.
        approval_minutes: how long an answer is awaited; without one nothing is begun.
    """

    point: ClassVar[Point]
    approval_fields: ClassVar[tuple[str, ...]] = ("approvals", "approvers", "approval_minutes")

    def __init__(
        self,
        *,
        approvals: Sequence[str] | None = (),
        approvers: Sequence[str] | None = (),
        approval_minutes: float = APPROVAL_MINUTES,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.approvals = approvals
        self.approvers = approvers
        self.approval_minutes = approval_minutes

    @property
    def asks(self) -> bool:
        """Whether somebody is to be asked here."""
        return str(self.point) in (self.approvals or ())

    def await_approval(
        self, context: "Context", *, old: str = "", new: str = "", following: str = ""
    ) -> None:
        """Return where nobody is to be asked, or somebody has said yes to this very plan.

        Args:
            context: Airflow's.
            old: the old node group that the step is about; empty: the step is not about one.
            new: the one that takes its pods, where the question names it.
            following: of a step that begins the next run, its way (`1.31 to 1.32`).

        Raises:
            TaskAwaitingInput: somebody is asked.
            Refused: there is no plan to show, or this node group is not in it.
        """
        if not self.asks:
            return
        plan = self._plan(context)
        present = self._fingerprint(plan, old, following)
        if present is None:
            raise _not_planned(old)
        kept = self._kept(context)
        if kept is not None and kept.still_holds(self.point, present):
            return
        self._ask(context, plan, present, old=old, new=new, following=following)

    def approval_answered(
        self, context: "Context", event: Mapping[str, Any], question: Raw
    ) -> dict[str, Any]:
        """Go on with a person's answer, or with that nobody gave one."""
        asked = Question.from_json(question)
        if asked.reminds and event.get("error_type") == "timeout" and time.time() < asked.deadline:
            self._remind(context, asked)
        with report_failure(context):
            self._take(context, event, asked)
        return self.execute(context)

    def publish(self, context: "Context", result: StepResult) -> dict[str, Any]:
        """With who has approved it, and when."""
        kept = self._kept(context) if self.approvals else None
        if kept is not None:
            waits = (("person", kept.asked, kept.answered), *result.waits)
            data = {**result.data, APPROVAL_KEY: kept.as_json()}
            result = replace(result, data=data, waits=waits)
        return super().publish(context, result)

    def _ask(
        self,
        context: "Context",
        plan: Raw,
        present: str,
        *,
        old: str,
        new: str,
        following: str,
    ) -> NoReturn:
        now = time.time()
        ti: Any = context["ti"]  # its id is not in the protocol of airflow.sdk.types
        versions = {key: str(plan[key]) for key in ("from_version", "to_version")}
        asked = Question(
            point=str(self.point),
            cluster=self.cluster_name,
            what=what_begins(self.point, **versions, old=old, new=new, following=following),
            node_group=old,
            following=following,
            fingerprint=present,
            asked=now,
            deadline=now + float(self.approval_minutes) * 60,
        )
        upsert_hitl_detail(
            ti_id=ti.id,
            options=list(OPTIONS),
            subject=asked.subject,
            body=body(asked, plan),
            params={},  # by default None, which Airflow 3.3.2's own API refuses
            assigned_users=[
                HITLUser(id=user.id, name=user.name) for user in users_of(self.approvers or ())
            ],
        )
        # Read where this task leaves no result: nobody answers, or somebody says no.
        ti.xcom_push(key=WAITS_KEY, value=[("person", now, None)])
        log_message(self.log, asked.subject)  # type: ignore[attr-defined] # from the operator
        self._tell(context, asked, again=False)
        await_yes(asked, may_remind=True)

    def _remind(self, context: "Context", asked: Question) -> NoReturn:
        """Tell people once more, and wait for the rest of the time; the question stays as it is."""
        self._tell(context, asked, again=True)
        await_yes(asked, may_remind=False)

    def _tell(self, context: "Context", asked: Question, *, again: bool) -> tuple[Obstacle, ...]:
        lines = [str(line) for line in self._plan(context).get("summary") or ()]
        title, until = asked.subject, asked.deadline
        return tell_step_waits(context, self.cluster_name, title, lines, until, again=again)

    def _take(self, context: "Context", event: Mapping[str, Any], asked: Question) -> None:
        """Keep the yes, or say why it is none."""
        now = time.time()
        context["ti"].xcom_push(key=WAITS_KEY, value=[("person", asked.asked, now)])
        judged = judge_answer(
            asked,
            read_answer(event),
            present=self._fingerprint(self._plan(context), asked.node_group, asked.following),
            approvers=self.approvers or (),
            now=now,
        )
        if not isinstance(judged, Approval):
            raise judged
        context["task_state_store"].set(self._key(context), judged.as_json())
        context["ti"].xcom_push(key=APPROVAL_KEY, value=judged.as_json())
        text = f"{judged.who} has approved {asked.what} (plan {judged.fingerprint})"
        log_message(self.log, text)  # type: ignore[attr-defined] # from the operator

    def _plan(self, context: "Context") -> Raw:
        plan = context["ti"].xcom_pull(task_ids=PLAN_TASK)
        if not isinstance(plan, Mapping):
            raise refusal(
                "Nobody can be asked",
                "approvals",
                f"this run has no plan that a task '{PLAN_TASK}' has made, so there is nothing to "
                "show and to approve",
                f"repeat {Stage.PLAN.title}, or empty approvals",
            )
        return plan

    def _fingerprint(self, plan: Raw, node_group: str, following: str) -> str | None:
        made = Plan.from_json(plan)
        if following:
            return next_fingerprint(made, following)
        return group_fingerprint(made, node_group) if node_group else plan_fingerprint(made)

    def _kept(self, context: "Context") -> Approval | None:
        told: Any = context["task_state_store"].get(self._key(context))
        return Approval.from_json(told) if told else None

    @staticmethod
    def _key(context: "Context") -> str:
        return STORE_KEY + context["ti"].task_id


def await_yes(asked: Question, *, may_remind: bool) -> NoReturn:
    """End this process until somebody has answered, or until it is time to remind them.

    A task that waits for input has no trigger that could wake it: only its timeout does. The
    question must not be put anew for that: putting it takes an answer away.

    Raises:
        TaskAwaitingInput: always.
    """
    now = time.time()
    first = remind_after(now, asked.deadline) if may_remind and wanted(Event.REMINDER) else None
    kept = replace(asked, reminds=first is not None)
    raise TaskAwaitingInput(
        method_name=AsksApproval.approval_answered.__name__,
        kwargs={"question": kept.as_json()},
        timeout=timedelta(seconds=first or max(1.0, asked.deadline - now)),
    )


def _not_planned(node_group: str) -> Exception:
    return refusal(
        "Nobody can be asked",
        f"node group '{node_group}'",
        "the plan of this run does not replace it any more, so there is nothing to approve",
        f"repeat {Stage.PLAN.title} and what follows it",
    )

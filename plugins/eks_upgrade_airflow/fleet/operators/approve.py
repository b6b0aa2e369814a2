"""Asking a person whether a ring may begin."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import TaskAwaitingInput
from airflow.sdk.execution_time.hitl import upsert_hitl_detail

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.fleet.base import (
    APPROVED_KEY,
    RING_KEY,
    FileMixin,
    FleetOperator,
    fleet_plan,
    say,
)
from eks_upgrade_airflow.fleet.operators.ring import ring_tasks
from eks_upgrade_airflow.notices.fleet import tell_approval
from eks_upgrade_airflow.run.skip_rest import skip_rest
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.plan import FleetPlan, RingPlan
from include.eks_upgrade.fleet.running import approval
from include.eks_upgrade.fleet.running.asked import ring_of
from include.eks_upgrade.fleet.running.gate import RingState

if TYPE_CHECKING:
    from airflow.sdk import Context

PATIENCE = timedelta(days=3)
"""How long an answer is awaited where no window closes."""

SHORTEST = timedelta(minutes=1)


class EksFleetApproveOperator(FileMixin, FleetOperator):
    """Ask whether the ring may begin, with its plan; no slot and no trigger is held meanwhile.

    Without an answer until the window closes the ring does not begin, nor do the later ones.

    Args:
        ring: its name.
        fleet_file: see `FileMixin`.
    """

    template_fields: Sequence[str] = ("ring", "fleet_file")

    def __init__(self, *, ring: str, fleet_file: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ring = ring
        self.fleet_file = fleet_file

    def step(self, context: "Context") -> StepResult:
        """Ask, unless the file does not want it any more."""
        plan = fleet_plan(context)
        ring = ring_of(plan, self.ring) if plan else None
        if plan is None or ring is None or not ring.runs:
            return StepResult(f"ring '{self.ring}': nothing is to be upgraded, nobody is asked")
        if not self.read_ring(self.ring).approval:
            return StepResult(f"ring '{self.ring}': the fleet file asks for no approval")
        self._ask(context, plan, ring)
        raise AssertionError("a question does not return")

    def answered(self, context: "Context", event: Mapping[str, Any]) -> Any:
        """Go on with what was answered, or with that nobody did."""
        if event.get("error") is not None and event.get("error_type") != "timeout":
            with report_failure(context):
                raise RuntimeError(str(event["error"]))
        no = _why_not(event)
        if no:
            context["ti"].xcom_push(key=RING_KEY, value={"state": RingState.LEFT.value, "why": no})
            say(self, f"ring '{self.ring}' does not begin: {no}")
            skip_rest(context, ring_tasks(context, self.ring))
        with report_failure(context):
            context["ti"].xcom_push(key=APPROVED_KEY, value=_who(event))
            return self.publish(
                context, StepResult(f"{_who(event)} lets ring '{self.ring}' begin", changed=False)
            )

    def _ask(self, context: "Context", plan: FleetPlan, ring: RingPlan) -> None:
        ti: Any = context["ti"]  # its id is not in the protocol of airflow.sdk.types
        subject = approval.subject(ring)
        upsert_hitl_detail(
            ti_id=ti.id,
            options=list(approval.OPTIONS),
            subject=subject,
            body=approval.body(ring, plan),
            params={},  # by default None, which Airflow 3.3.2's own API refuses
        )
        say(self, subject, "the answer is given in Airflow, under Required Actions")
        left = plan.closes - datetime.now(UTC) if plan.closes else PATIENCE
        patience = max(SHORTEST, left)
        deadline = time.time() + patience.total_seconds()
        tell_approval(context, self.ring, [each.title for each in ring.runs], deadline)
        raise TaskAwaitingInput(method_name="answered", kwargs={}, timeout=patience)


def _why_not(event: Mapping[str, Any]) -> str:
    if event.get("error_type") == "timeout":
        return "nobody has answered in time"
    if approval.BEGIN in (event.get("chosen_options") or ()):
        return ""
    return f"{_who(event)} answered '{approval.NOT_NOW}'"


def _who(event: Mapping[str, Any]) -> str:
    user = event.get("responded_by_user") or {}
    return str(user.get("name") or user.get("id") or "somebody")

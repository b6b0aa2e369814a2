"""How a run of the fleet ends, whatever happened: what failed is kept, and the state is honest."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from eks_upgrade_airflow.fleet.base import (
    DISCOVER_TASK,
    PLACES_TASK,
    PLAN_TASK,
    RETURN,
    WINDOW_TASK,
)
from eks_upgrade_airflow.fleet.operators.judge import ring_results_of
from eks_upgrade_airflow.fleet.operators.ring import ring_so_far
from eks_upgrade_airflow.fleet.state import fleet_state, keep
from eks_upgrade_airflow.notices.fleet import tell_window_ended
from eks_upgrade_airflow.run.events import FAILURE_KEY
from eks_upgrade_airflow.run.task_log import hide_trace_of, log_message, quiet_libraries
from include.eks_upgrade.common.errors import UpgradeError, first_reason
from include.eks_upgrade.fleet.judge_ring import BAD, ClusterResult, Outcome
from include.eks_upgrade.fleet.running.gate import RingState
from include.eks_upgrade.fleet.running.state import FAILED, Failures, text_of
from include.eks_upgrade.fleet.running.verdict import FleetRun, FleetVerdict, fleet_verdict

if TYPE_CHECKING:
    from airflow.sdk import Context

BEFORE_RINGS = (WINDOW_TASK, PLACES_TASK, DISCOVER_TASK, PLAN_TASK)
RETRIED = BAD | {Outcome.NOT_TRIED}
"""What `retry_failed` is for."""


def fleet_run(context: "Context", rings: Sequence[str]) -> FleetRun:
    """What is known of this run."""
    ti: Any = context["ti"]
    window = ti.xcom_pull(task_ids=WINDOW_TASK, key=RETURN) or {}
    closed = str((window.get("data") or {}).get("closed") or "")
    broke = "" if closed else _broke(context)
    results = (
        [] if closed or broke else [r for ring in rings for r in ring_results_of(context, ring)]
    )
    return FleetRun(
        closed=closed,
        broke=broke,
        rings=tuple(ring_so_far(context, ring) for ring in rings),
        results=tuple(results),
        stopped=_stopped(context),
    )


def _broke(context: "Context") -> str:
    """What kept the run from its first ring; empty when nothing did."""
    ti: Any = context["ti"]
    if ti.xcom_pull(task_ids=PLAN_TASK, key=RETURN):
        return ""
    for task_id in BEFORE_RINGS:
        failure = ti.xcom_pull(task_ids=task_id, key=FAILURE_KEY)
        if isinstance(failure, list):  # of a mapped task
            failure = next(iter(failure), None)
        if failure:
            return f"the run stopped at {task_id}: {first_reason(str(failure))}"
    return "the run ended before its plan was made: a person ended it, or a worker died"


def _stopped(context: "Context") -> str:
    try:
        return fleet_state(context["ti"].dag_id).stopped
    except UpgradeError:  # told by the first task
        return ""


class EksFleetVerdictOperator(BaseOperator):
    """Fail unless it was seen that the run has done what its window was for.

    Use it as a teardown with `on_failure_fail_dagrun`: it alone decides the run's state, also where
    a person ends the run.

    Args:
        rings: the names of the run's rings, in their order.
    """

    def __init__(self, *, rings: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rings = rings

    def execute(self, context: "Context") -> str:
        """Judge the run, and keep what failed in it."""
        quiet_libraries()
        seen = fleet_run(context, self.rings)
        remember_failures(context, seen)
        verdict: FleetVerdict = fleet_verdict(seen)
        if not seen.closed:
            tell_window_ended(context, verdict.message, good=verdict.good)
        if verdict.good:
            log_message(self.log, verdict.message)
            return verdict.message
        ending = AirflowFailException(verdict.message)
        hide_trace_of(ending)
        log_message(self.log, verdict.message, 40)
        raise ending


def remember_failures(context: "Context", run: FleetRun) -> None:
    """Keep what `retry_failed` is for, when this run has begun anything."""
    if not any(ring.state is RingState.BEGUN for ring in run.rings):
        return
    ti = context["ti"]
    failed = [each.arn for each in run.results if _failed(each)]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    keep(ti.dag_id, FAILED, text_of(Failures(run_id=ti.run_id, at=now, clusters=tuple(failed))))


def _failed(result: ClusterResult) -> bool:
    return result.outcome in RETRIED

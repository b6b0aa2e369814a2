"""The last task of a ring: whether it is good enough for the next, or the fleet stops."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.fleet.base import (
    VERDICT_KEY,
    FileMixin,
    FleetOperator,
    fleet_plan,
    left_by,
    results_of,
    say,
)
from eks_upgrade_airflow.fleet.measures import emit
from eks_upgrade_airflow.fleet.operators.ring import HEALTH, JUDGE, LIST, UPGRADE, ring_task
from eks_upgrade_airflow.fleet.state import MINUTES, fleet_state, keep, learned
from eks_upgrade_airflow.notices.fleet import tell_fleet_stopped
from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.fleet.judge_ring import ClusterResult, RingVerdict, Standing, judge_ring
from include.eks_upgrade.fleet.metrics import ring_samples
from include.eks_upgrade.fleet.plan import FleetPlan
from include.eks_upgrade.fleet.running.asked import ring_of
from include.eks_upgrade.fleet.running.learned import learn, learned_text
from include.eks_upgrade.fleet.running.results import ring_results, still_unjudged
from include.eks_upgrade.fleet.running.state import STOPPED, UNJUDGED, Stop, text_of

if TYPE_CHECKING:
    from airflow.sdk import Context

NEVER_RAN = {None, "upstream_failed", "skipped", "removed"}

WAY_OUT = (
    "Its other clusters and the later rings are left alone, in later windows too, until a person "
    "resumes: put right what is broken, then clear the failed tasks with this one, or resume the "
    "fleet (docs/fleet.md)"
)
JUDGED_AGAIN = "the ring was judged again after somebody cleared what was broken"


class EksFleetJudgeOperator(FileMixin, FleetOperator):
    """Judge a ring by what was seen of its clusters; a broken one stops the fleet, and is red.

    The stop is written before the task fails, so that no later run begins anything, even if this
    one is killed right then. A ring that holds when it is judged again lifts the stop that this
    very ring of this very run has made: clearing it was a person's decision.

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
        """Judge, and keep it."""
        results = ring_results_of(context, self.ring)
        verdict = judge_ring(self.read_ring(self.ring).threshold, results)
        told = {**vars(verdict), "standing": verdict.standing.value}
        context["ti"].xcom_push(key=VERDICT_KEY, value=told)
        for each in results:
            say(self, f"{each.title}: {each.outcome}: {each.why}")
        self._keep_unjudged(context, still_unjudged(results, held=verdict.held))
        self._learn(context)
        emit(ring_samples(self.ring, results, verdict))
        if verdict.broken:
            self._stop(context, verdict)
        if verdict.held:
            self._lift(context)
        return StepResult(f"ring '{self.ring}' is {verdict.standing}: {verdict.why}", data=told)

    def _stop(self, context: "Context", verdict: RingVerdict) -> None:
        ti = context["ti"]
        stop = Stop(
            why=verdict.why,
            ring=self.ring,
            run_id=ti.run_id,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        keep(ti.dag_id, STOPPED, text_of(stop))
        tell_fleet_stopped(context, self.ring, verdict.why)
        raise Stuck(
            f"ring '{self.ring}' is broken, so the fleet stops: {unstopped(verdict.why)}. {WAY_OUT}"
        )

    def _keep_unjudged(self, context: "Context", arns: list[str]) -> None:
        dag_id = context["ti"].dag_id
        others = {
            ring: kept
            for ring, kept in fleet_state(dag_id).unjudged.items()
            if ring != self.ring and kept
        }
        keep(dag_id, UNJUDGED, text_of(others | ({self.ring: arns} if arns else {})))

    def _learn(self, context: "Context") -> None:
        """Keep how long the ring's upgrades have taken, for the plans of later runs."""
        ti = context["ti"]
        upgrades = left_by(context, ring_task(self.ring, UPGRADE))
        known = learned(ti.dag_id)
        found = learn(known, ti.run_id, upgrades)
        if found != known:
            keep(ti.dag_id, MINUTES, learned_text(found))

    def _lift(self, context: "Context") -> None:
        ti = context["ti"]
        stop = fleet_state(ti.dag_id).stop
        if stop and stop.holds and (stop.run_id, stop.ring) == (ti.run_id, self.ring):
            lifted = stop.resumed(f"run {ti.run_id}", JUDGED_AGAIN, datetime.now(UTC))
            keep(ti.dag_id, STOPPED, text_of(lifted))
            say(self, f"the stop of {stop.at} is lifted: {JUDGED_AGAIN}")


def ring_verdict(context: "Context", ring: str) -> RingVerdict | None:
    """The verdict of a ring of this run; None while it was not judged."""
    raw: Any = context["ti"].xcom_pull(task_ids=ring_task(ring, JUDGE), key=VERDICT_KEY)
    return RingVerdict(**{**raw, "standing": Standing(raw["standing"])}) if raw else None


def ring_results_of(context: "Context", ring: str) -> list[ClusterResult]:
    """What was seen of each cluster of a ring in this run."""
    plan: FleetPlan | None = fleet_plan(context)
    planned = ring_of(plan, ring) if plan else None
    if planned is None:
        return []
    upgrades = results_of(context, ring_task(ring, UPGRADE))
    healths = results_of(context, ring_task(ring, HEALTH))
    ran = ran_in(context, ring)
    unbegun = [each.arn for each in planned.clusters if each.arn not in ran]
    return ring_results(planned, upgrades, healths, unbegun)


def ran_in(context: "Context", ring: str) -> set[str]:
    """ARNs of the clusters whose upgrade task has run, whatever became of it."""
    ti: Any = context["ti"]
    task_id = ring_task(ring, UPGRADE)
    listed: Any = ti.xcom_pull(task_ids=ring_task(ring, LIST)) or []
    runs = ti.get_task_states(dag_id=ti.dag_id, task_ids=[task_id], run_ids=[ti.run_id])
    states = runs.get(ti.run_id, {})
    return {
        one["item"]["cluster"]["arn"]
        for place, one in enumerate(listed)
        if states.get(f"{task_id}_{place}") not in NEVER_RAN
    }

"""The first task of a ring: whether it begins in this run, and which clusters it upgrades."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.fleet.base import (
    CLUSTERS_KEY,
    LEFT_KEY,
    PLAN_TASK,
    RETURN,
    RING_KEY,
    VERDICT_KEY,
    FileMixin,
    FleetOperator,
    fleet_plan,
    say,
)
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.state import fleet_state, keep
from eks_upgrade_airflow.notices.fleet import tell_ring_started
from eks_upgrade_airflow.run.skip_rest import skip_rest
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.judge_ring import Standing
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, FleetPlan
from include.eks_upgrade.fleet.running.asked import ring_of
from include.eks_upgrade.fleet.running.begin import why_too_late
from include.eks_upgrade.fleet.running.gate import (
    RingSoFar,
    RingState,
    none_may_go,
    why_ring_waits,
    without_runs,
)
from include.eks_upgrade.fleet.running.state import UNJUDGED, text_of

if TYPE_CHECKING:
    from airflow.sdk import Context

NEW_APPROVAL = (
    "the fleet file asks for an approval since this run's tasks were made: the next run asks for it"
)
NO_PLAN = "there is no plan: what comes before it has failed"


def ring_task(ring: str, name: str) -> str:
    """The id of a ring's task."""
    return f"ring_{ring}.{name}"


def ring_tasks(context: "Context", ring: str) -> list[str]:
    """The ids of all tasks of a ring."""
    own = ring_task(ring, "")
    return [task_id for task_id in context["dag"].task_ids if task_id.startswith(own)]


LIST, APPROVE, UPGRADE = "list_clusters", "approve", "upgrade"
BAKE, HEALTH, JUDGE = "bake", "health", "judge"


class EksFleetRingOperator(FileMixin, FleetOperator):
    """Decide whether the ring begins, and list the clusters that its tasks are mapped over.

    It runs whatever became of the rings before (its trigger rule): what they left decides, not the
    colour of their tasks. A ring that does not begin is skipped as a whole, with the reason here.

    Args:
        ring: its name.
        rings_before: the names of the rings before it, in their order.
        fleet_file: see `FileMixin`.
        outside_windows: the reason for which a person lets it run whatever the windows say.
    """

    template_fields: Sequence[str] = ("ring", "rings_before", "fleet_file", "outside_windows")

    def __init__(
        self,
        *,
        ring: str,
        rings_before: Sequence[str],
        fleet_file: str = "",
        outside_windows: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.outside_windows = outside_windows
        self.ring = ring
        self.rings_before = rings_before
        self.fleet_file = fleet_file

    def execute(self, context: "Context") -> Any:
        """The list, an item for each cluster: arguments of `EksFleetUpgradeOperator`."""
        with report_failure(context):
            plan = fleet_plan(context)
            state, why = self._decide(context, plan)
            context["ti"].xcom_push(key=RING_KEY, value={"state": state.value, "why": why})
        if plan is None or state is not RingState.BEGUN:
            say(self, f"ring '{self.ring}': {state.value}: {why}")
            context["ti"].xcom_push(key=RETURN, value=[])
            skip_rest(context, ring_tasks(context, self.ring))
        return self._list(context, plan)

    def _decide(self, context: "Context", plan: FleetPlan | None) -> tuple[RingState, str]:
        if plan is None:
            return RingState.LEFT, NO_PLAN
        waits = why_ring_waits([ring_so_far(context, name) for name in self.rings_before])
        if waits:
            return RingState.LEFT, waits
        if not self._to_do(context, plan):
            ring, threshold = ring_of(plan, self.ring), self.read_ring(self.ring).threshold
            return without_runs(ring, threshold, left_by_persons(context))
        stopped = fleet_state(context["ti"].dag_id).stopped
        left = stopped or self._none_may_go(context, plan)
        return (RingState.LEFT, left) if left else self._may_ask(context)

    def _none_may_go(self, context: "Context", plan: FleetPlan) -> str:
        """Why none of its clusters may begin now; empty: one may, or is to be followed."""
        to_do = self._to_do(context, plan)
        begun = fleet_state(context["ti"].dag_id).unjudged.get(self.ring, ())
        if any(each.arn in begun for each in to_do):
            return ""
        found, file, now = clusters_found(context), self.read_file(), datetime.now(UTC)
        return none_may_go(
            {
                each.title: why_too_late(
                    file,
                    FleetCluster.from_json(found[each.arn]),
                    each.expected,
                    now,
                    any_time=bool(self.outside_windows),
                )
                for each in to_do
            }
        )

    def _may_ask(self, context: "Context") -> tuple[RingState, str]:
        asks = ring_task(self.ring, APPROVE) in context["dag"].task_ids
        if self.read_ring(self.ring).approval and not asks:
            return RingState.LEFT, NEW_APPROVAL
        return RingState.BEGUN, ""

    def _to_do(self, context: "Context", plan: FleetPlan) -> tuple[ClusterPlan, ...]:
        """What is to be upgraded, and what an earlier run has upgraded and nobody has judged."""
        ring = ring_of(plan, self.ring)
        if ring is None:
            return ()
        left = set(left_by_persons(context))
        unjudged = set(fleet_state(context["ti"].dag_id).unjudged.get(self.ring, ())) - left
        again = [
            each for each in ring.clusters if each.action is Action.DONE and each.arn in unjudged
        ]
        return (*ring.runs, *again)

    def _list(self, context: "Context", plan: FleetPlan) -> list[dict[str, Any]]:
        ring, to_do = ring_of(plan, self.ring), self._to_do(context, plan)
        found, at_once = clusters_found(context), ring.at_once if ring else 1
        say(self, f"ring '{self.ring}': {counted(len(to_do), 'cluster')}, {at_once} at a time")
        self._keep_unjudged(context, [each.arn for each in to_do])
        items = [
            RingItem(
                cluster=FleetCluster.from_json(found[each.arn]),
                plan=each,
                place=place,
                at_once=at_once,
                size=len(to_do),
            )
            for place, each in enumerate(to_do)
        ]
        tell_ring_started(context, self.ring, [each.title for each in ring.runs] if ring else [])
        return [each.as_arguments() for each in items]

    def _keep_unjudged(self, context: "Context", arns: Sequence[str]) -> None:
        """Remember what is begun, for a later run, should this one not come to judge it."""
        dag_id = context["ti"].dag_id
        before = fleet_state(dag_id).unjudged
        mine = dict.fromkeys([*before.get(self.ring, ()), *arns])
        keep(dag_id, UNJUDGED, text_of({**before, self.ring: list(mine)}))


def clusters_found(context: "Context") -> dict[str, dict[str, Any]]:
    """All clusters as discovery has found them, by ARN."""
    found: Any = context["ti"].xcom_pull(task_ids=PLAN_TASK, key=CLUSTERS_KEY)
    return {raw["arn"]: raw for raw in found or ()}


def left_by_persons(context: "Context") -> list[str]:
    """ARNs of the clusters that people want left alone in this run."""
    return list(context["ti"].xcom_pull(task_ids=PLAN_TASK, key=LEFT_KEY) or ())


def ring_so_far(context: "Context", name: str) -> RingSoFar:
    """What is known of a ring of this run."""
    ti: Any = context["ti"]
    refused = ti.xcom_pull(task_ids=ring_task(name, APPROVE), key=RING_KEY)
    decided = refused or ti.xcom_pull(task_ids=ring_task(name, LIST), key=RING_KEY) or {}
    judged = ti.xcom_pull(task_ids=ring_task(name, JUDGE), key=VERDICT_KEY) or {}
    return RingSoFar(
        name=name,
        state=RingState(decided["state"]) if decided else None,
        standing=Standing(judged["standing"]) if judged else None,
        why=str(judged.get("why") or decided.get("why") or ""),
    )

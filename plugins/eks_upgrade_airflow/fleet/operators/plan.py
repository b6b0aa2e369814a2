"""The plan of a run of the fleet: what was found, what goes in this window, and why not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.fleet.base import (
    CLUSTERS_KEY,
    DISCOVER_TASK,
    FOUND_KEY,
    LEFT_KEY,
    PLACES_TASK,
    PLAN_KEY,
    RETURN,
    FileMixin,
    FleetOperator,
    pulled,
    say,
)
from eks_upgrade_airflow.fleet.measures import emit
from eks_upgrade_airflow.fleet.state import fleet_state, learned
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.log_lines import WIDTH
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.cluster import BrokenPlace, Found
from include.eks_upgrade.fleet.discovery.place import Place
from include.eks_upgrade.fleet.duration import with_earlier_runs
from include.eks_upgrade.fleet.make_plan import make_plan
from include.eks_upgrade.fleet.metrics import plan_samples
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, FleetPlan
from include.eks_upgrade.fleet.running.asked import (
    Asked,
    asked_problems,
    only_these,
    skipped_by,
    why_left,
)
from include.eks_upgrade.fleet.running.learned import minutes_by_arn
from include.eks_upgrade.fleet.running.places import found_of
from include.eks_upgrade.fleet.table import table

if TYPE_CHECKING:
    from airflow.sdk import Context

LOST = "its task `discover` has failed; its log says why"


class EksFleetPlanOperator(FileMixin, FleetOperator):
    """Decide what goes in this window, write it as a table, and keep it for the rings.

    Args:
        fleet_file: see `FileMixin`.
        only_clusters, skip_clusters, retry_failed: see `Asked`.
        outside_windows: the reason for which a person lets it run whatever the windows say.
    """

    template_fields: Sequence[str] = (
        "fleet_file", "only_clusters", "skip_clusters", "retry_failed", "outside_windows",
    )  # fmt: skip

    def __init__(
        self,
        *,
        fleet_file: str = "",
        only_clusters: Sequence[str] = (),
        skip_clusters: Sequence[str] = (),
        retry_failed: bool = False,
        outside_windows: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.fleet_file = fleet_file
        self.only_clusters = only_clusters
        self.skip_clusters = skip_clusters
        self.retry_failed = retry_failed
        self.outside_windows = outside_windows

    def execute(self, context: "Context") -> dict[str, Any]:
        """Make the plan."""
        with report_failure(context):
            found = self._found(context)
            plan, left = self._plan(context, found, datetime.now(UTC))
            say(self, *table(plan, WIDTH))
            push = context["ti"].xcom_push
            push(key=PLAN_KEY, value=plan.as_json())
            emit(plan_samples(plan))
            push(key=LEFT_KEY, value=left)
            planned = {each.arn for each in plan.runs} | {each.arn for each in _done(plan)}
            clusters = [each.as_json() for each in found.clusters if each.arn in planned]
            push(key=CLUSTERS_KEY, value=clusters)
            return self.publish(context, _told(plan))

    def _found(self, context: "Context") -> Found:
        """What all places have brought; one whose task has failed is broken."""
        listed: Any = context["ti"].xcom_pull(task_ids=PLACES_TASK, key=RETURN)
        if listed is None:
            raise AirflowSkipException("no places were listed: a task before this one did not end")
        brought = {one["title"]: one["found"] for one in pulled(context, DISCOVER_TASK, FOUND_KEY)}
        places = [Place.from_json(one["place"]) for one in listed]
        lost = [each for each in places if each.title not in brought]
        found = found_of(brought.values())
        broken = [BrokenPlace(each.account_name, each.region, LOST) for each in lost]
        return replace(found, broken=(*found.broken, *broken))

    def _plan(self, context: "Context", found: Found, now: datetime) -> tuple[FleetPlan, list[str]]:
        """The plan, and the ARNs of what people want left alone."""
        asked = Asked(
            only=tuple(self.only_clusters or ()),
            skip=tuple(self.skip_clusters or ()),
            retry_failed=bool(self.retry_failed),
        )
        state = fleet_state(context["ti"].dag_id)
        skipped, only = skipped_by(asked, state, now), only_these(asked, state)
        minutes = minutes_by_arn(learned(context["ti"].dag_id))
        plan = make_plan(
            self.read_file(),
            with_earlier_runs(found, minutes),
            now,
            outside_windows=self.outside_windows,
            skipped=skipped,
            only=only,
            begun=[arn for arns in state.unjudged.values() for arn in arns],
        )
        problems = asked_problems(asked, state, plan)
        if problems:
            raise Refused("The fleet does not begin", problems)
        left = [each.arn for each in plan.clusters if why_left(each.arn, each.title, skipped, only)]
        return plan, left


def _done(plan: FleetPlan) -> list[ClusterPlan]:
    return [each for each in plan.clusters if each.action is Action.DONE]


def _told(plan: FleetPlan) -> StepResult:
    rings = ", ".join(f"{ring.name} {len(ring.runs)}" for ring in plan.rings)
    clusters = counted(len(plan.clusters), "cluster")
    text = f"{clusters} found, {len(plan.runs)} to upgrade in this window ({rings})"
    return StepResult(text, data={"runs": len(plan.runs), "clusters": len(plan.clusters)})

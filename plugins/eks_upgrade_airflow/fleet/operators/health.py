"""How a cluster is after its upgrade and the bake: what the ring is judged by."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.fleet.assets import note_upgraded
from eks_upgrade_airflow.fleet.base import RESULT_KEY, FileMixin
from eks_upgrade_airflow.fleet.health_pod import HealthPod
from eks_upgrade_airflow.fleet.item import RingItem
from eks_upgrade_airflow.fleet.looking import (
    BEGAN_KEY,
    RUNS_KEY,
    UNWELL_KEY,
    health_trigger,
    known_of,
)
from eks_upgrade_airflow.fleet.operators.ring import UPGRADE, ring_task
from eks_upgrade_airflow.fleet.triggers.health import PROBLEMS
from eks_upgrade_airflow.notices.fleet import tell_cluster_failed
from eks_upgrade_airflow.run.attempts import load_ending
from eks_upgrade_airflow.run.events import DONE, result_of
from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome
from include.eks_upgrade.fleet.running.results import read_result, result_json

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksFleetHealthOperator(FileMixin, EksStepOperator):
    """Look at a cluster that was upgraded: AWS, nodes, workloads, and the fleet file's addresses.

    One look that finds nothing is enough; what it finds has to stand for minutes, and is waited for
    in the triggerer (`fleet/triggers/health.py`). Where nothing is found, the fleet file's pod is
    run, if it has one, and waited for there as well (`fleet/health_pod.py`).

    What is left is a `ClusterResult`, healthy or unhealthy with the reasons; an unhealthy cluster
    is red. A cluster that was not upgraded is skipped: there its upgrade's own result counts.

    With `fleet.assets.CLUSTER_UPGRADED` among its outlets, a healthy one is an event of that asset.

    Args:
        title: what people call the cluster.
        ring: the ring's name.
        fleet_file: see `FileMixin`.
        item: `RingItem` as JSON.
    """

    probes_first = True
    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "fleet_file")

    def __init__(
        self,
        *,
        title: str,
        item: Mapping[str, Any],
        ring: str,
        fleet_file: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.title = title
        self.item = item
        self.ring = ring
        self.fleet_file = fleet_file

    def step(self, context: "Context") -> StepResult:
        """Look once, and wait where that is not enough."""
        raw = self._left(context)
        upgraded = read_result(raw) if raw else None
        if upgraded is None or upgraded.outcome is not Outcome.HEALTHY:
            why = upgraded.why if upgraded else "its upgrade has left no result"
            raise AirflowSkipException(f"{self.title} is not looked at: {why}")
        if ending := load_ending(context, self._cluster.arn):
            return self._pod_ended(context, ending)
        run: Any = context["dag_run"]  # it has begun, so it has a start
        began = float(raw.get(BEGAN_KEY) or run.start_date.timestamp())
        runs, unwell = raw.get(RUNS_KEY) or (), raw.get(UNWELL_KEY)
        known = known_of(context, upgraded.version, runs, began, unwell)
        health = self.read_file().health
        seen = self.wait_for(health_trigger(self.address, self._cluster, known, health))
        return self._looked(context, seen)

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Judge by what was seen; a cluster that cannot be looked at is not healthy."""
        if event.get("carry"):  # the pod's name
            return self._pod_ended(context, event)
        if event["state"] != DONE:
            return self._judged(context, [f"its health was not seen: {event['detail']}"])
        return self._looked(context, result_of(event))

    def _looked(self, context: "Context", seen: StepResult) -> StepResult:
        """Run the pod where nothing is wrong; else, or without one, judge."""
        asked = self.read_file().health.pod
        pod = HealthPod(self, self._cluster, asked)
        problems = list(seen.data[PROBLEMS])
        if asked and not problems:
            return self._judged(context, pod.begin(context))
        return self._judged(context, [*problems, *pod.discard(context)], seen)

    def _pod_ended(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        pod = HealthPod(self, self._cluster, self.read_file().health.pod)
        problems = pod.ended(context, event)
        return self._judged(context, problems, None if problems else result_of(event))

    @property
    def _cluster(self) -> FleetCluster:
        return RingItem.from_json(self.item).cluster

    def _judged(
        self, context: "Context", problems: Sequence[str], seen: StepResult | None = None
    ) -> StepResult:
        """Leave the result.

        Raises:
            Stuck: the cluster is unhealthy.
        """
        upgraded = read_result(self._left(context))
        outcome = Outcome.UNHEALTHY if problems else Outcome.HEALTHY
        why = "; ".join(problems) or upgraded.why
        result = replace(upgraded, outcome=outcome, why=why)
        context["ti"].xcom_push(key=RESULT_KEY, value={**result_json(result), "ended": time.time()})
        if problems:
            self._tell(context, result)
            raise Stuck(
                f"{self.title} is unhealthy after its upgrade: {why}. Put it right, then clear "
                "this task with its downstream tasks: the ring is judged again"
            )
        note_upgraded(context, self._cluster, self.ring, result)
        waits = seen.waits if seen else ()
        return StepResult(f"{self.title} is healthy at {upgraded.version}", waits=waits)

    def _tell(self, context: "Context", result: ClusterResult) -> None:
        links = {"run_url": result.url, "report_url": result.report_url}
        tell_cluster_failed(context, self.title, result.why, unhealthy=True, **links)

    def _left(self, context: "Context") -> Any:
        """What the cluster's upgrade has left; None: nothing."""
        ti = context["ti"]
        left: Any = ti.xcom_pull(
            task_ids=ring_task(self.ring, UPGRADE), key=RESULT_KEY, map_indexes=ti.map_index
        )
        # Of another cluster, where somebody has cleared the ring's list alone.
        return left if left and left["arn"] == self._cluster.arn else None

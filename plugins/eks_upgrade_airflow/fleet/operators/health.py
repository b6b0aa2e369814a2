"""How a cluster is after its upgrade and the bake: what the ring is judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.connection.health import read_conditions
from eks_upgrade_airflow.fleet.base import RESULT_KEY, FileMixin
from eks_upgrade_airflow.fleet.operators.ring import UPGRADE, ring_task
from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.judge_ring import ClusterResult, Outcome
from include.eks_upgrade.fleet.running.health import cluster_problems
from include.eks_upgrade.fleet.running.results import read_result, result_json

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksFleetHealthOperator(FileMixin, EksStepOperator):
    """Look at a cluster that was upgraded: control plane, node groups, add-ons.

    What is left is a `ClusterResult`, healthy or unhealthy with the reasons; an unhealthy cluster
    is red. A cluster that was not upgraded is skipped: there its upgrade's own result counts.

    Args:
        title: what people call the cluster.
        ring: the ring's name.
        fleet_file: see `FileMixin`.
        item: `RingItem` as JSON.
    """

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
        """Look once, and leave what was seen."""
        upgraded = self._upgraded(context)
        if upgraded is None or upgraded.outcome is not Outcome.HEALTHY:
            why = upgraded.why if upgraded else "its upgrade has left no result"
            raise AirflowSkipException(f"{self.title} is not looked at: {why}")
        problems = self.problems(upgraded)
        outcome = Outcome.UNHEALTHY if problems else Outcome.HEALTHY
        why = "; ".join(problems) or upgraded.why
        result = replace(upgraded, outcome=outcome, why=why)
        context["ti"].xcom_push(key=RESULT_KEY, value=result_json(result))
        if problems:
            raise Stuck(
                f"{self.title} is unhealthy after its upgrade: {why}. Put it right, then clear "
                "this task with its downstream tasks: the ring is judged again"
            )
        return StepResult(f"{self.title} is healthy at {upgraded.version}")

    def problems(self, upgraded: ClusterResult) -> list[str]:
        """What is not well, in words; empty when all that is looked at is.

        Args:
            upgraded: what its upgrade has left.
        """
        eks = self.clients.eks
        with aws_errors_about(f"cluster '{self.cluster_name}'"):
            cluster = dict(eks.describe_cluster(name=self.cluster_name)["cluster"])
            groups = all_pages(eks, "list_nodegroups", "nodegroups", clusterName=self.cluster_name)
        found = run(read_conditions(self.address, groups, fresh_seconds=0))
        return cluster_problems(cluster, found, upgraded.version)

    def _upgraded(self, context: "Context") -> ClusterResult | None:
        ti = context["ti"]
        raw: Any = ti.xcom_pull(
            task_ids=ring_task(self.ring, UPGRADE), key=RESULT_KEY, map_indexes=ti.map_index
        )
        return read_result(raw) if raw else None

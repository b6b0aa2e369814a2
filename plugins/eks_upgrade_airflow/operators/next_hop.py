"""Going on with the next minor: the run of the next hop, started by the one before it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.operators.approval import AsksApproval
from eks_upgrade_airflow.run import child_runs
from eks_upgrade_airflow.run.addresses import run_page, whole
from eks_upgrade_airflow.run.child_runs import ChildRun
from eks_upgrade_airflow.run.next_hop import (
    NEXT_RUN,
    next_run_of,
    nodes_first,
    seen_as_planned,
)
from eks_upgrade_airflow.ui.links import NextRunLink
from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.planning.approval.points import Point
from include.eks_upgrade.planning.hops.next_run import NextRun
from include.eks_upgrade.planning.plan import Plan

if TYPE_CHECKING:
    from airflow.sdk import Context


def hop_tasks(context: "Context") -> set[str]:
    """The ids of the tasks of a hop: all of the DAG but the one that starts the next run."""
    dag: Any = context["dag"]
    return {task.task_id for task in dag.tasks if not isinstance(task, EksNextHopOperator)}


class EksNextHopOperator(AsksApproval, EksStepOperator):
    """Start the run of the next hop, once; a run that exists already is joined.

    It skips itself where the way ends with this run, and asks a person before it starts the next
    one where that is wanted (`AsksApproval`). The XCom `next_run` has the next run
    (`NextRun.as_json`), whether it was started here or is left to somebody else.

    Args:
        plan: of this run, as JSON.
        stop_after_hop: start nothing; whoever has started this run decides when it goes on.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "plan", "stop_after_hop", *AsksApproval.approval_fields,
    )  # fmt: skip
    point = Point.HOPS
    operator_extra_links = (NextRunLink(),)
    output_keys = (NEXT_RUN,)

    def __init__(
        self, *, plan: Mapping[str, Any], stop_after_hop: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.stop_after_hop = stop_after_hop
        self.next_run_id = ""

    def step(self, context: "Context") -> StepResult:
        """Start it, or say what is left to start."""
        following = next_run_of(context, Plan.from_json(self.plan))
        if following is None:
            raise AirflowSkipException(f"the way of cluster '{self.cluster_name}' ends here")
        if not nodes_first(context) and not seen_as_planned(context):
            raise refusal(
                "The next hop is not started",
                f"cluster '{self.cluster_name}'",
                "nobody has seen that this hop has reached what it was for",
                "clear verify_cluster, so that it is looked at; or trigger a run by hand",
            )
        self.next_run_id = following.run_id
        if self.stop_after_hop:
            return self._told(following, "is left to whoever started this run", changed=False)
        self.await_approval(context, following=_way(following))
        started = child_runs.start(self._child(context, following), context["ti"].dag_id)
        return self._told(
            following, "is started" if started else "was started before", changed=started
        )

    def _child(self, context: "Context", following: NextRun) -> ChildRun:
        ti = context["ti"]
        here = whole(run_page(ti.dag_id, ti.run_id))
        return ChildRun(
            run_id=following.run_id,
            conf=following.conf,
            note=f"Goes on from run [{ti.run_id}]({here}), on the way to "
            f"{following.final_version}.",
        )

    def _told(self, following: NextRun, what: str, *, changed: bool) -> StepResult:
        way = f"{_way(following)}, on the way to {following.final_version}"
        text = f"run '{following.run_id}' ({way}) {what}"
        return StepResult(text, changed=changed, data={NEXT_RUN: following.as_json()})


def _way(following: NextRun) -> str:
    if following.from_version == following.to_version:
        return f"the nodes of {following.from_version}"
    return f"{following.from_version} to {following.to_version}"

"""What a run knows of the one that goes on after it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from include.eks_upgrade.control_plane.refusals import NODES_FIRST
from include.eks_upgrade.planning.hops.next_run import NextRun, next_run
from include.eks_upgrade.planning.plan import Plan

if TYPE_CHECKING:
    from airflow.sdk import Context

LISTS = ("list_addons_before", "list_addons_after", "list_node_groups")
START_TASK, VERIFY_TASK = "control_plane.start_update", "verify_cluster"

RETURN = "return_value"

NEXT_RUN = "next_run"
"""XCom key of the next run, `NextRun.as_json`; empty text: there is none."""


def next_run_of(context: "Context", plan: Plan) -> NextRun | None:
    """The run after this one; the same whenever it is asked for."""
    run = context["dag_run"]
    given: Mapping[str, Any] = getattr(run, "conf", None) or {}
    return next_run(
        plan,
        given,
        run_id=context["ti"].run_id,
        moment=run.run_after,
        nodes_first=nodes_first(context),
    )


def nodes_first(context: "Context") -> bool:
    """Whether EKS has refused this hop until node groups are brought up."""
    return bool(context["ti"].xcom_pull(task_ids=START_TASK, key=NODES_FIRST))


def seen_as_planned(context: "Context") -> bool:
    """Whether the check of the cluster has left its result: a person's word is none."""
    return bool(context["ti"].xcom_pull(task_ids=VERIFY_TASK))


def most_mapped(context: "Context") -> int:
    """How many instances the mapped tasks of this run have at most."""
    return max(len(context["ti"].xcom_pull(task_ids=name) or ()) for name in LISTS)

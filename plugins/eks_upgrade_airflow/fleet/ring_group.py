"""The wiring of the fleet's DAG: what is before the rings, one ring, and the end."""

from collections.abc import Sequence
from typing import Any

from airflow.sdk import TaskGroup, TriggerRule

from eks_upgrade_airflow.fleet.assets import CLUSTER_UPGRADED
from eks_upgrade_airflow.fleet.base import DISCOVER_TASK, PLACES_TASK, PLAN_TASK, WINDOW_TASK
from eks_upgrade_airflow.fleet.operators.approve import EksFleetApproveOperator
from eks_upgrade_airflow.fleet.operators.bake import EksFleetBakeOperator
from eks_upgrade_airflow.fleet.operators.discovery import (
    EksFleetDiscoverOperator,
    EksFleetPlacesOperator,
)
from eks_upgrade_airflow.fleet.operators.ending import EksFleetVerdictOperator
from eks_upgrade_airflow.fleet.operators.health import EksFleetHealthOperator
from eks_upgrade_airflow.fleet.operators.judge import EksFleetJudgeOperator
from eks_upgrade_airflow.fleet.operators.plan import EksFleetPlanOperator
from eks_upgrade_airflow.fleet.operators.report import EksFleetReportOperator
from eks_upgrade_airflow.fleet.operators.ring import (
    APPROVE,
    BAKE,
    HEALTH,
    JUDGE,
    LIST,
    UPGRADE,
    EksFleetRingOperator,
)
from eks_upgrade_airflow.fleet.operators.upgrade import EksFleetUpgradeOperator
from eks_upgrade_airflow.fleet.operators.window import EksFleetWindowOperator
from eks_upgrade_airflow.fleet.shape import RingShape
from eks_upgrade_airflow.task_groups import Values, chosen

TITLE = "{{ task.title }}"
"""The name of a mapped task; what is known of a cluster is no template itself."""


def open_and_plan(rings: Sequence[RingShape], values: Values) -> EksFleetPlanOperator:
    """From the clock to the plan; the last task of it is returned."""
    window = EksFleetWindowOperator(
        task_id=WINDOW_TASK,
        doc_md="Refuses what cannot be; outside of all windows nothing else is begun.",
        rings=[ring.name for ring in rings],
        parameters=list(values),
        **chosen(values, "outside_windows", "resume_reason", resumes="resume"),
    )
    listed = EksFleetPlacesOperator(
        task_id=PLACES_TASK, doc_md="Lists accounts and regions, one task for each follows."
    )
    discovered = EksFleetDiscoverOperator.partial(
        task_id=DISCOVER_TASK,
        doc_md="Looks for clusters in one account and region; a broken one stops no other.",
        map_index_template=TITLE,
    ).expand_kwargs(listed.output)
    planned = EksFleetPlanOperator(
        task_id=PLAN_TASK,
        doc_md="Decides what goes in this window, and says it of each cluster in a table.",
        # What one place did to its task is no reason to leave the others out.
        trigger_rule=TriggerRule.ALL_DONE,
        **chosen(values, "only_clusters", "skip_clusters", "retry_failed", "outside_windows"),
    )
    window >> listed >> discovered >> planned
    return planned


def upgrade_ring(ring: RingShape, before: Sequence[str], values: Values) -> tuple[Any, Any]:
    """One ring as a group of tasks; its first and its last task.

    Airflow 3.3's rules cannot say "whatever became of the mapped tasks, but not when the ring was
    left out", so the first task leaves the others out itself, and those run whatever happened.

    Args:
        ring: what is known of it while the DAG's file is read.
        before: names of the rings before it.
        values: parameters of the run.
    """
    with TaskGroup(f"ring_{ring.name}", tooltip=f"The clusters of ring '{ring.name}'."):
        listed = EksFleetRingOperator(
            task_id=LIST,
            doc_md="Decides whether the ring begins, and lists its clusters, one task for each.",
            ring=ring.name,
            rings_before=list(before),
            trigger_rule=TriggerRule.ALL_DONE,
            **chosen(values, "outside_windows"),
        )
        upgraded = EksFleetUpgradeOperator.partial(
            task_id=UPGRADE,
            doc_md="Upgrades one cluster, a run of eks_upgrade for each minor version.",
            map_index_template=TITLE,
            ring=ring.name,
            **chosen(values, "skip_clusters", "outside_windows", "poll_seconds"),
        ).expand_kwargs(listed.output)
        baked = EksFleetBakeOperator(
            task_id=BAKE,
            doc_md="Lets the upgraded clusters live with their new version for a while.",
            ring=ring.name,
            trigger_rule=TriggerRule.ALL_DONE,
        )
        looked = EksFleetHealthOperator.partial(
            task_id=HEALTH,
            doc_md="Looks at one upgraded cluster; an unhealthy one fails here.",
            map_index_template=TITLE,
            outlets=[CLUSTER_UPGRADED],
            ring=ring.name,
        ).expand_kwargs(listed.output)
        judged = EksFleetJudgeOperator(
            task_id=JUDGE,
            doc_md="Judges the ring by what was seen; a broken one stops the fleet.",
            ring=ring.name,
            trigger_rule=TriggerRule.ALL_DONE,
        )
        if ring.approval:
            asked = EksFleetApproveOperator(
                task_id=APPROVE,
                doc_md="Asks a person whether the ring may begin.",
                ring=ring.name,
                retries=0,
            )
            listed >> asked >> upgraded
        upgraded >> baked >> looked >> judged
    return listed, judged


def end_fleet_run(after: Any, rings: Sequence[RingShape]) -> None:
    """The report and an honest state, whatever happened: both are teardowns.

    Args:
        after: the last task before.
        rings: of the run.
    """
    names = [ring.name for ring in rings]
    report = EksFleetReportOperator(
        task_id="report",
        doc_md="Writes the report, whatever happened: which cluster is where, and why.",
        rings=names,
    ).as_teardown()
    verdict = EksFleetVerdictOperator(
        task_id="verdict",
        doc_md="Fails unless it was seen that the run has done what its window was for.",
        rings=names,
        retries=0,
    )
    verdict.as_teardown(on_failure_fail_dagrun=True)
    after >> report >> verdict

"""Which task of the DAG does which stage of the library's journey, and how a stage is done again.

The library speaks of stages (`include/eks_upgrade/common/stages.py`); here they meet the task ids,
and "repeat the drain of the old nodes" becomes "clear `node_group.drain_old`".
"""

from collections.abc import Collection, Mapping
from typing import Any

from include.eks_upgrade.common.stages import Stage

RELEASE_DAG = "eks_upgrade_release"

STAGES: Mapping[str, Stage] = {
    "plan": Stage.PLAN,
    "list_addons_before": Stage.PLAN,
    "list_addons_after": Stage.PLAN,
    "list_node_groups": Stage.PLAN,
    "lock": Stage.LOCK,
    "update_addons_before": Stage.ADDONS_BEFORE,
    "control_plane.start_update": Stage.CONTROL_PLANE,
    "control_plane.await_update": Stage.CONTROL_PLANE_WAIT,
    "update_addons_after": Stage.ADDONS_AFTER,
    "node_group.await_turn": Stage.TURN,
    "node_group.look_up_ami": Stage.IMAGE,
    "node_group.prepare_launch_template": Stage.LAUNCH_TEMPLATE,
    "node_group.create_new_group": Stage.NEW_GROUP,
    "node_group.await_ready": Stage.NEW_NODES,
    "node_group.smoke_test": Stage.SMOKE_TEST,
    "node_group.fence_old": Stage.FENCE,
    "node_group.drain_old": Stage.DRAIN,
    "node_group.verify_workloads": Stage.WORKLOADS,
    "node_group.keep_old": Stage.BAKE,
    "node_group.delete_old": Stage.DELETION,
    "node_group.await_deletion": Stage.DELETION_WAIT,
    "node_group.recovery.diagnose": Stage.DIAGNOSIS,
    "node_group.recovery.unprotect": Stage.UNPROTECTION,
    "node_group.recovery.retry_delete": Stage.SECOND_DELETION,
    "node_group.recovery.await_retry": Stage.SECOND_DELETION_WAIT,
    "node_group.recovery.delete_asg": Stage.ASG_DELETION,
    "node_group.recovery.final_delete": Stage.LAST_DELETION,
    "node_group.confirm_gone": Stage.OLD_GROUP_GONE,
    "verify_cluster": Stage.CLUSTER,
    "bake_hop": Stage.HOP_BAKE,
    "report": Stage.REPORT,
    "unlock": Stage.UNLOCK,
    "next_hop": Stage.NEXT_HOP,
    "verdict": Stage.VERDICT,
}
"""By task id of the DAG `eks_upgrade`; a task that is missing fails a test."""

TASKS: Mapping[Stage, str] = {stage: task for task, stage in reversed(list(STAGES.items()))}
"""By stage, the first task that does it."""

RELEASE = f"trigger the DAG `{RELEASE_DAG}`"


def how_to_repeat() -> dict[str, str]:
    """By stage's value: what to do in Airflow so that it and what hangs on it is done again.

    `{about}` stands for what a mapped task is about.
    """
    return {
        stage.value: f"clear `{task}`{{about}} with its downstream tasks"
        for stage, task in TASKS.items()
    }


def named(task_id: str, map_index: int) -> dict[str, Any]:
    """What a task of the record is called, and which stage it does (None: one of no stage)."""
    stage = STAGES.get(task_id)
    return {"stage": stage.value if stage else None, "name": task_id, "map_index": map_index}


def where_to_clear(message: str, task_ids: Collection[str]) -> list[str]:
    """How to do again what a message asks to repeat, as far as the DAG has such tasks."""
    lines = ["To repeat this step: clear this task"] if "repeat this step" in message else []
    return lines + [
        f"To repeat {stage.title}: clear the task {task}"
        for stage, task in TASKS.items()
        if task in task_ids and f"repeat {stage.title}" in message
    ]

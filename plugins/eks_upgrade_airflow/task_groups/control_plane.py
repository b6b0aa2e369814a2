"""Moving the control plane, or taking it back: start the update, wait for that very update."""

from typing import Any

from airflow.sdk import TaskGroup, TriggerRule

from eks_upgrade_airflow.operators.control_plane import EksUpdateClusterVersionOperator
from eks_upgrade_airflow.operators.rollback import EksRollBackClusterVersionOperator
from eks_upgrade_airflow.sensors.update import EksClusterUpdateSensor
from eks_upgrade_airflow.task_groups import APPROVAL, Values, chosen


def update_control_plane(
    kubernetes_version: Any,
    *,
    cluster: Values,
    values: Values,
    replaced: Any = (),
    before: Any = None,
    behind: Any = (),
) -> TaskGroup:
    """The group `control_plane`; `replaced`, `before`: see `EksClusterVerifiedSensor`.

    `behind`: see `EksUpdateClusterVersionOperator`; only a DAG whose next hop starts another run
    has a use for it.
    """
    tip = "Moves the control plane to the target version."
    with TaskGroup("control_plane", tooltip=tip) as group:
        start = EksUpdateClusterVersionOperator(
            task_id="start_update",
            doc_md="Asks EKS for the target version, or adopts an update to it that runs.",
            kubernetes_version=kubernetes_version,
            behind=behind,
            trigger_rule=TriggerRule.NONE_FAILED,
            **chosen(values, *APPROVAL, force="override_insights"),
            **cluster,
        )
        EksClusterUpdateSensor(
            task_id="await_update",
            doc_md="Waits for that very update (DescribeUpdate), not for ACTIVE.",
            update_id=start.output["update_id"],
            replaced=replaced,
            before=before,
            **chosen(values, waiter_delay="poll_seconds", limit_minutes="control_plane_minutes"),
            **cluster,
        )
    return group


def take_control_plane_back(
    kubernetes_version: Any, *, wait_minutes: Any, cluster: Values, values: Values
) -> TaskGroup:
    """The group `control_plane` of a way back; `wait_minutes`: for how long it is waited for."""
    tip = "Takes the control plane back to the version before, or cancels that."
    with TaskGroup("control_plane", tooltip=tip) as group:
        start = EksRollBackClusterVersionOperator(
            task_id="start_update",
            doc_md="Asks EKS to go back, or adopts a rollback that runs, or has it cancelled.",
            kubernetes_version=kubernetes_version,
            trigger_rule=TriggerRule.NONE_FAILED,
            **chosen(values, "cancel", "auto_mode_minutes", force="override_insights"),
            **cluster,
        )
        EksClusterUpdateSensor(
            task_id="await_update",
            doc_md="Waits for that very update (DescribeUpdate), not for ACTIVE.",
            update_id=start.output["update_id"],
            limit_minutes=wait_minutes,
            **chosen(values, waiter_delay="poll_seconds", cancelled="cancel"),
            **cluster,
        )
    return group

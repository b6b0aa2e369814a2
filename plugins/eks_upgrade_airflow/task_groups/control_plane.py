"""Moving the control plane: start the update, wait for that very update."""

from typing import Any

from airflow.sdk import TaskGroup, TriggerRule

from eks_upgrade_airflow.operators.control_plane import EksUpdateClusterVersionOperator
from eks_upgrade_airflow.sensors.update import EksClusterUpdateSensor
from eks_upgrade_airflow.task_groups import Values, chosen


def update_control_plane(
    kubernetes_version: Any,
    *,
    cluster: Values,
    values: Values,
    replaced: Any = (),
    before: Any = None,
) -> TaskGroup:
    """The group `control_plane`; `replaced`, `before`: see `EksClusterVerifiedSensor`."""
    tip = "Moves the control plane to the target version."
    with TaskGroup("control_plane", tooltip=tip) as group:
        start = EksUpdateClusterVersionOperator(
            task_id="start_update",
            doc_md="Asks EKS for the target version, or adopts an update to it that runs.",
            kubernetes_version=kubernetes_version,
            trigger_rule=TriggerRule.NONE_FAILED,
            **chosen(values, force="override_insights"),
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

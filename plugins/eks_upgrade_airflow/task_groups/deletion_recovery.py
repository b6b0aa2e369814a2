"""The way out when an old node group will not go: a group that is skipped as a whole on a good day.

Its first task looks and skips itself when the old group is gone, and the rest is skipped with it;
no branch operator is needed, and in a mapped group none works (apache/airflow issue 67265).
"""

from typing import Any

from airflow.sdk import TaskGroup

from eks_upgrade_airflow.operators.recovery import (
    EksDeleteAutoScalingGroupOperator,
    EksDeleteNodegroupAgainOperator,
    EksDiagnoseNodegroupOperator,
    EksUnprotectNodegroupOperator,
)
from eks_upgrade_airflow.sensors.nodegroup import EksNodegroupDeletionSensor
from eks_upgrade_airflow.task_groups import APPROVAL, Values, chosen


def recover_deletion(
    nodegroup_name: Any, *, common: Values, values: Values, beside: Values
) -> TaskGroup:
    """The group `recovery`, each rung only as far as it is allowed.

    Args:
        nodegroup_name: the old group.
        common: what all tasks of the surrounding group take.
        values: by the names of docs/parameters.md.
        beside: what a wait needs to tell of others, see `EksNodegroupDeletionSensor`.
    """
    rung: dict[str, Any] = {"nodegroup_name": nodegroup_name, **common}
    tip = "Only when the old group will not go: why, unprotect, delete again, its ASG at last."
    with TaskGroup("recovery", tooltip=tip) as group:
        diagnose = EksDiagnoseNodegroupOperator(
            task_id="diagnose",
            doc_md="What keeps the old group: protection, processes, hooks, health.",
            **rung,
        )
        unprotect = EksUnprotectNodegroupOperator(
            task_id="unprotect",
            doc_md="Lifts what was found, if may_unprotect allows it.",
            **chosen(values, "may_unprotect"),
            **rung,
        )
        retry_delete = EksDeleteNodegroupAgainOperator(
            task_id="retry_delete", doc_md="Asks EKS again to delete the old group.", **rung
        )
        await_retry = EksNodegroupDeletionSensor(
            task_id="await_retry",
            doc_md="Waits for the second deletion.",
            **chosen(
                values,
                waiter_delay="poll_seconds",
                limit_minutes="deletion_minutes",
                stall_minutes="deletion_stall_minutes",
            ),
            **beside,
            **rung,
        )
        delete_asg = EksDeleteAutoScalingGroupOperator(
            task_id="delete_asg",
            doc_md="Deletes the old Auto Scaling group, if may_delete_asg allows it.",
            **chosen(values, "may_delete_asg", *APPROVAL),
            **rung,
        )
        final_delete = EksDeleteNodegroupAgainOperator(
            task_id="final_delete",
            doc_md="Asks EKS once more to delete the old group.",
            **rung,
        )
        diagnose >> unprotect >> retry_delete >> await_retry >> delete_asg >> final_delete
        # Airflow's scheduler skips one task of a chain in each of its passes. What comes behind the
        # group waits for its last task alone, which this way is skipped with the second.
        diagnose >> final_delete
    return group

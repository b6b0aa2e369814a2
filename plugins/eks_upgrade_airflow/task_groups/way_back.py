"""Bringing pods back from a new node group to the old one: the same steps, the other way round."""

from typing import Any

from airflow.sdk import task_group

from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.way_back import (
    EksDeleteEmptiedNodegroupOperator,
    EksWaysBackOperator,
)
from eks_upgrade_airflow.sensors.nodegroup import (
    EksNodegroupDeletionSensor,
    EksNodegroupReadySensor,
)
from eks_upgrade_airflow.sensors.verification import EksWorkloadsSensor
from eks_upgrade_airflow.task_groups import Values, chosen
from eks_upgrade_airflow.task_groups.managed_node_group import NAMED_BY_GROUP, drain_arguments


def return_to_old_nodes(ways_back: Any, *, cluster: Values, values: Values) -> Any:
    """The task `list_ways_back` and the mapped group `go_back`; first and last.

    Args:
        ways_back: as `EksReleaseLookOperator` has found them.
        cluster: which cluster.
        values: by the names of docs/parameters.md.
    """
    listed = EksWaysBackOperator(
        task_id="list_ways_back",
        doc_md="The old node groups that pods go back to, one group of tasks for each follows.",
        ways_back=ways_back,
    )

    @task_group(group_id="go_back", tooltip="Brings the pods of one new node group back.")
    def go_back(
        nodegroup_name: Any, replacement_name: Any, to_version: Any, desired_nodes: Any
    ) -> None:
        _go_back(
            {"nodegroup_name": nodegroup_name, "replacement_name": replacement_name},
            to_version,
            desired_nodes,
            cluster={**cluster, "map_index_template": NAMED_BY_GROUP},
            values=values,
        )

    gone_back = go_back.expand_kwargs(listed.output)
    return listed, gone_back


def _go_back(
    pair: Values, to_version: Any, desired_nodes: Any, *, cluster: Values, values: Values
) -> None:
    """Old nodes ready, new ones fenced, drained, looked at, and the new group left or deleted."""
    ready = {**pair, "to_version": to_version, **cluster}
    looks = chosen(values, waiter_delay="poll_seconds")
    await_old_nodes = EksNodegroupReadySensor(
        task_id="await_old_nodes",
        doc_md="Waits until the old group has its nodes again, Ready and uncordoned.",
        nodegroup_name=pair["replacement_name"],
        desired_nodes=desired_nodes,
        to_version=to_version,
        **looks,
        **cluster,
    )
    fence_new = EksFenceNodegroupOperator(
        task_id="fence_new",
        doc_md="Cordons the new nodes, taints the new group, caps its size: no refill.",
        hands_over=False,
        **looks,
        **ready,
    )
    drain_new = EksDrainNodesOperator(
        task_id="drain_new",
        doc_md="Moves every pod back to the old nodes, within the disruption budgets.",
        **looks,
        **drain_arguments(values),
        **ready,
    )
    verify_workloads = EksWorkloadsSensor(
        task_id="verify_workloads",
        doc_md="Waits until workloads are as well as before the return.",
        **looks,
        **pair,
        **cluster,
    )
    delete_new = EksDeleteEmptiedNodegroupOperator(
        task_id="delete_new",
        doc_md="Deletes the emptied new group, if delete_new_groups wants it; else it stays.",
        **chosen(values, wanted="delete_new_groups"),
        **ready,
    )
    await_deletion = EksNodegroupDeletionSensor(
        task_id="await_deletion",
        doc_md="Waits until the new group is gone, or its deletion fails or stalls.",
        **looks,
        **pair,
        **cluster,
    )
    await_old_nodes >> fence_new >> drain_new >> verify_workloads >> delete_new >> await_deletion

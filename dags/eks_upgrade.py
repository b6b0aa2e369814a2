"""### Upgrade one EKS cluster by one Kubernetes minor version.

Plan, lock, add-ons, control plane, add-ons, then for each node group: image, launch template,
a new ("green") group beside the old ("blue") one, fence, drain, verify, delete, and a way out
when the old group will not go. Every task looks at the world before it acts: it can be
cleared and run again at any time.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, TriggerRule, task_group
from eks_upgrade_airflow.operators.addons import EksUpdateAddonOperator
from eks_upgrade_airflow.operators.control_plane import EksUpdateClusterVersionOperator
from eks_upgrade_airflow.operators.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.images import EksLookupAmiOperator
from eks_upgrade_airflow.operators.launch_template import EksPrepareLaunchTemplateOperator
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator, EksUnlockClusterOperator
from eks_upgrade_airflow.operators.nodegroup import (
    EksCloneNodegroupOperator,
    EksDeleteNodegroupOperator,
)
from eks_upgrade_airflow.operators.plan import EksPlanStepsOperator, EksPlanUpgradeOperator
from eks_upgrade_airflow.operators.recovery import (
    EksDeleteAutoScalingGroupOperator,
    EksDeleteNodegroupAgainOperator,
    EksDeletionBranchOperator,
    EksDiagnoseNodegroupOperator,
    EksUnprotectNodegroupOperator,
)
from eks_upgrade_airflow.operators.report import (
    EksUpgradeReportOperator,
    EksUpgradeVerdictOperator,
)
from eks_upgrade_airflow.run.retry_policy import RETRIES, ClassifiedRetries
from eks_upgrade_airflow.sensors.nodegroup import (
    EksNodegroupDeletionSensor,
    EksNodegroupGoneSensor,
    EksNodegroupReadySensor,
)
from eks_upgrade_airflow.sensors.update import EksClusterUpdateSensor
from eks_upgrade_airflow.sensors.verification import EksClusterVerifiedSensor, EksWorkloadsSensor
from eks_upgrade_airflow.ui.params import NamedParam, upgrade_params

REPORTS = Path(__file__).resolve().parents[1] / "reports"

with DAG(
    dag_id="eks_upgrade",
    description="Moves one EKS cluster one Kubernetes minor version up, safely.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    # Runs for different clusters go side by side; the lock keeps two off one cluster.
    max_active_runs=16,
    params=upgrade_params(),
    default_args={
        # Only what may answer differently is tried again: see eks_upgrade_airflow/retry_policy.py.
        # The delays below are for what the policy leaves to Airflow itself.
        "retries": RETRIES,
        "retry_policy": ClassifiedRetries(),
        "retry_delay": timedelta(seconds=15),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=5),
    },
    tags=["eks", "upgrade"],
) as dag:
    cluster: dict[str, Any] = {
        "cluster_name": NamedParam(dag, "cluster_name"),
        "aws_conn_id": NamedParam(dag, "aws_conn_id"),
        "region_name": NamedParam(dag, "region"),
    }
    looks: dict[str, Any] = {"waiter_delay": NamedParam(dag, "poll_seconds")}
    ready: dict[str, Any] = {"ready_percent": NamedParam(dag, "ready_percent")}

    plan = EksPlanUpgradeOperator(
        task_id="plan",
        doc_md="Reads what is, decides what will be, refuses what cannot be. Changes nothing.",
        **cluster,
    )
    lock = EksLockClusterOperator(
        task_id="lock",
        doc_md="Takes the cluster's lock, so that no other run touches it.",
        **cluster,
    )
    addons_before, addons_after, node_groups = (
        EksPlanStepsOperator(
            task_id=f"list_{part}",
            doc_md=f"The plan's list of {part.replace('_', ' ')}, one task for each follows.",
            plan=plan.output,
            part=part,
        )
        for part in ("addons_before", "addons_after", "node_groups")
    )

    def update_addons(task_id: str, doc: str, steps: EksPlanStepsOperator) -> Any:
        """One mapped task for each add-on."""
        return EksUpdateAddonOperator.partial(
            task_id=task_id,
            doc_md=doc,
            map_index_template="{{ task.addon_step['name'] }}",
            limit_minutes=NamedParam(dag, "addon_minutes"),
            trigger_rule=TriggerRule.NONE_FAILED,
            **cluster,
            **looks,
        ).expand(addon_step=steps.output)

    before = update_addons(
        "update_addons_before",
        "Updates add-ons to versions that fit both the present and the next minor.",
        addons_before,
    )

    @task_group(group_id="control_plane", tooltip="Moves the control plane to the target version.")
    def update_control_plane() -> None:
        """Start the update and wait for that very update."""
        start = EksUpdateClusterVersionOperator(
            task_id="start",
            doc_md="Asks EKS for the target version, or adopts an update to it that runs.",
            plan=plan.output,
            force=NamedParam(dag, "override_insights"),
            trigger_rule=TriggerRule.NONE_FAILED,
            **cluster,
        )
        EksClusterUpdateSensor(
            task_id="wait",
            doc_md="Waits for that very update (DescribeUpdate), not for ACTIVE.",
            started=start.output,
            limit_minutes=NamedParam(dag, "control_plane_minutes"),
            **cluster,
            **looks,
        )

    control_plane = update_control_plane()
    after = update_addons(
        "update_addons_after",
        "Updates the add-ons that had to wait for the control plane.",
        addons_after,
    )

    @task_group(group_id="node_group", tooltip="Replaces one old node group by a new one.")
    def replace_node_group(step: Any) -> None:
        """Blue to green, for one node group."""
        blue = "{{ (ti.xcom_pull(task_ids='list_node_groups'))[ti.map_index]['blue'] }}"
        one: dict[str, Any] = {**cluster, "map_index_template": blue}
        look_up_ami = EksLookupAmiOperator(
            task_id="look_up_ami",
            doc_md="Finds and verifies the image of the new nodes.",
            group_step=step,
            trigger_rule=TriggerRule.NONE_FAILED,
            **one,
        )
        launch_template = EksPrepareLaunchTemplateOperator(
            task_id="launch_template",
            doc_md="A new version of the group's own template with that image.",
            group_step=step,
            looked_up=look_up_ami.output,
            **one,
        )
        create_green = EksCloneNodegroupOperator(
            task_id="create_green",
            doc_md="Clones the old group: labels, taints, tags, live size, subnets, role, types.",
            group_step=step,
            looked_up=look_up_ami.output,
            template=launch_template.output,
            family=NamedParam(dag, "ami_family"),
            extra_nodes=NamedParam(dag, "extra_nodes"),
            **one,
        )
        wait_for_green = EksNodegroupReadySensor(
            task_id="wait_for_green",
            doc_md="Waits until the new group is ACTIVE and its nodes are Ready at the target.",
            group_step=step,
            created=create_green.output,
            limit_minutes=NamedParam(dag, "node_group_minutes"),
            **one,
            **looks,
            **ready,
        )
        fence_blue = EksFenceNodegroupOperator(
            task_id="fence_blue",
            doc_md="Cordons the old nodes, taints the old group, caps its size: no refill.",
            group_step=step,
            limit_minutes=NamedParam(dag, "node_group_minutes"),
            **one,
            **looks,
            **ready,
        )
        drain_blue = EksDrainNodesOperator(
            task_id="drain_blue",
            doc_md="Moves every pod off the old nodes, within the disruption budgets.",
            group_step=step,
            ignore_daemonsets=NamedParam(dag, "ignore_daemonsets"),
            delete_emptydir_data=NamedParam(dag, "delete_emptydir_data"),
            force_unmanaged_pods=NamedParam(dag, "force_unmanaged_pods"),
            pod_grace_period_seconds=NamedParam(dag, "pod_grace_period_seconds"),
            timeout_minutes=NamedParam(dag, "drain_timeout_minutes"),
            when_blocked=NamedParam(dag, "when_blocked"),
            may_delete_blocked_pods=NamedParam(dag, "may_delete_blocked_pods"),
            delete_blocked_after_minutes=NamedParam(dag, "delete_blocked_after_minutes"),
            delete_pause_seconds=NamedParam(dag, "delete_pause_seconds"),
            requests_per_second=NamedParam(dag, "kubernetes_requests_per_second"),
            **one,
            **ready,
        )
        verify_workloads = EksWorkloadsSensor(
            task_id="verify_workloads",
            doc_md="Waits until workloads are as well as before and nothing is left behind.",
            nodegroup_name=blue,
            fenced=fence_blue.output,
            limit_minutes=NamedParam(dag, "node_group_minutes"),
            **one,
            **looks,
        )
        delete_blue = EksDeleteNodegroupOperator(
            task_id="delete_blue",
            doc_md="Deletes the old group, once nothing is left on it that would have to move.",
            group_step=step,
            **one,
            **ready,
        )
        going: dict[str, Any] = {
            "nodegroup_name": blue,
            "limit_minutes": NamedParam(dag, "deletion_minutes"),
            **one,
            **looks,
        }
        wait_for_deletion = EksNodegroupDeletionSensor(
            task_id="wait_for_deletion",
            doc_md="Waits until the old group is gone, or its deletion fails or stalls.",
            stall_minutes=NamedParam(dag, "deletion_stall_minutes"),
            **going,
        )
        deletion_branch = EksDeletionBranchOperator(
            task_id="deletion_branch",
            doc_md="Gone: on to the end. Not gone: find out why.",
            nodegroup_name=blue,
            if_gone="node_group.wait_gone",
            if_stuck="node_group.diagnose",
            **one,
        )
        diagnose = EksDiagnoseNodegroupOperator(
            task_id="diagnose",
            doc_md="What keeps the old group: protection, processes, hooks, health.",
            nodegroup_name=blue,
            **one,
        )
        unprotect = EksUnprotectNodegroupOperator(
            task_id="unprotect",
            doc_md="Lifts what was found, if may_unprotect allows it.",
            nodegroup_name=blue,
            diagnosis=diagnose.output,
            may_unprotect=NamedParam(dag, "may_unprotect"),
            **one,
        )
        delete_again = EksDeleteNodegroupAgainOperator(
            task_id="delete_again",
            doc_md="Asks EKS again to delete the old group.",
            nodegroup_name=blue,
            **one,
        )
        wait_again = EksNodegroupDeletionSensor(
            task_id="wait_again",
            doc_md="Waits for the second deletion.",
            stall_minutes=NamedParam(dag, "deletion_stall_minutes"),
            **going,
        )
        asg_branch = EksDeletionBranchOperator(
            task_id="asg_branch",
            doc_md="Gone: on to the end. Still not: the last rung.",
            nodegroup_name=blue,
            if_gone="node_group.wait_gone",
            if_stuck="node_group.delete_asg",
            **one,
        )
        delete_asg = EksDeleteAutoScalingGroupOperator(
            task_id="delete_asg",
            doc_md="Deletes the old Auto Scaling group, if may_delete_asg allows it.",
            nodegroup_name=blue,
            may_delete_asg=NamedParam(dag, "may_delete_asg"),
            **one,
        )
        delete_last = EksDeleteNodegroupAgainOperator(
            task_id="delete_last",
            doc_md="Asks EKS once more to delete the old group.",
            nodegroup_name=blue,
            **one,
        )
        wait_gone = EksNodegroupGoneSensor(
            task_id="wait_gone",
            doc_md="Waits until group, Auto Scaling group and instances are gone.",
            deleted=delete_blue.output,
            # Not "and one success": cleared with the whole run, this task has no old group any
            # more, everything before it is "removed", and that rule would call it failed.
            trigger_rule=TriggerRule.NONE_FAILED,
            **going,
        )
        wait_for_green >> fence_blue >> drain_blue >> verify_workloads >> delete_blue
        delete_blue >> wait_for_deletion >> deletion_branch >> [diagnose, wait_gone]
        diagnose >> unprotect >> delete_again >> wait_again >> asg_branch
        asg_branch >> [delete_asg, wait_gone]
        delete_asg >> delete_last >> wait_gone

    replaced = replace_node_group.expand(step=node_groups.output)

    verify_cluster = EksClusterVerifiedSensor(
        task_id="verify_cluster",
        doc_md="Looks at control plane, add-ons, node groups and kubelets once more.",
        plan=plan.output,
        limit_minutes=NamedParam(dag, "node_group_minutes"),
        trigger_rule=TriggerRule.NONE_FAILED,
        **cluster,
        **looks,
    )
    report = EksUpgradeReportOperator(
        task_id="report",
        doc_md="Writes the report, whatever happened: what is done, what is not, how to go on.",
        folder=str(REPORTS),
        trigger_rule=TriggerRule.ALL_DONE,
        **cluster,
    )
    unlock = EksUnlockClusterOperator(
        task_id="unlock", doc_md="Gives the cluster's lock back.", **cluster
    ).as_teardown(setups=lock)
    verdict = EksUpgradeVerdictOperator(
        task_id="verdict",
        doc_md="Fails when anything failed, so that the run's state tells the truth.",
        trigger_rule=TriggerRule.ALL_DONE,
        retries=0,
    )

    plan >> lock >> [addons_before, addons_after, node_groups]
    before >> control_plane >> after >> replaced >> verify_cluster
    # Each part by itself: when one node group fails, what follows it is known to have failed at
    # once, while other groups are still being drained. The end waits for them, too.
    [before, control_plane, after, replaced, verify_cluster] >> report
    [before, control_plane, after, replaced, verify_cluster] >> unlock
    # Not report >> unlock: between a setup and its teardown nothing runs when the setup has not,
    # and a refused plan is to have its report.
    [report, unlock] >> verdict

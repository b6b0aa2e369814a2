"""Upgrade one EKS cluster by one Kubernetes minor version, on its way to one or several.

Plan, lock, add-ons, control plane, add-ons, then for each node group: image, launch template,
a new group beside the old one, fence, drain, verify, delete, and a way out when the old group
will not go. Where the target is further ahead, the last task starts the run of the next minor.
Every task looks at the world before it acts: it can be cleared and run again at any time.
"""

from airflow.sdk import DAG, TriggerRule
from eks_upgrade_airflow.notices.overdue import EXPECTED, UpgradeExpectedEnd, told_when_overdue
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.sensors.verification import EksClusterVerifiedSensor
from eks_upgrade_airflow.task_groups import chosen
from eks_upgrade_airflow.task_groups.addons import list_steps, update_addons
from eks_upgrade_airflow.task_groups.control_plane import update_control_plane
from eks_upgrade_airflow.task_groups.ending import end_run
from eks_upgrade_airflow.task_groups.hops import go_on
from eks_upgrade_airflow.task_groups.managed_node_group import replace_node_groups
from eks_upgrade_airflow.ui.dag_docs import upgrade_doc
from eks_upgrade_airflow.ui.dag_values import LockMinutes, cluster_arguments, form_once, param
from eks_upgrade_airflow.ui.params import upgrade_params

with DAG(
    dag_id="eks_upgrade",
    description="Moves one EKS cluster Kubernetes minor versions up, one a run, safely.",
    doc_md=upgrade_doc(),
    schedule=None,
    catchup=False,
    # Runs for different clusters go side by side; the lock keeps two off one cluster. How many a
    # fleet upgrades at once is decided by its file; this only has to be more.
    max_active_runs=1000,
    deadline=told_when_overdue(UpgradeExpectedEnd()),
    params=upgrade_params(),
    default_args=retry_arguments() | {"lock_minutes": LockMinutes()},
    tags=["eks", "upgrade"],
) as dag:
    form_once(dag)
    cluster = cluster_arguments(dag)
    values = {name: param(dag, name) for name in dag.params}

    plan = EksPlanUpgradeOperator(
        task_id="plan",
        doc_md="Reads what is, decides what will be, refuses what cannot be. Changes nothing.",
        options=values,
        parameters=[*values, EXPECTED],
        **cluster,
    )
    lock = EksLockClusterOperator(
        task_id="lock",
        doc_md="Takes the cluster's lock, so that no other run touches it.",
        **cluster,
    )
    addons_first, addons_then, node_groups = (
        list_steps(plan, part) for part in ("addons_before", "addons_after", "node_groups")
    )
    addons_before = update_addons(
        addons_first,
        doc="Updates add-ons to versions that fit both the present and the next minor.",
        replaced=plan.output["replaced"],
        before=plan.output["before"],
        cluster=cluster,
        values=values,
    )
    control_plane = update_control_plane(
        plan.output["to_version"],
        replaced=plan.output["replaced"],
        before=plan.output["before"],
        behind=plan.output["behind"],
        cluster=cluster,
        values=values,
    )
    addons_after = update_addons(
        addons_then,
        doc="Updates the add-ons that had to wait for the control plane.",
        replaced=plan.output["replaced"],
        before=plan.output["before"],
        cluster=cluster,
        values=values,
    )
    replaced = replace_node_groups(node_groups, cluster=cluster, values=values)
    verified = EksClusterVerifiedSensor(
        task_id="verify_cluster",
        doc_md="Looks at control plane, add-ons, node groups and kubelets once more.",
        to_version=plan.output["to_version"],
        addon_versions=plan.output["addon_versions"],
        replaced=plan.output["replaced"],
        before=plan.output["before"],
        trigger_rule=TriggerRule.NONE_FAILED,
        **chosen(values, waiter_delay="poll_seconds", limit_minutes="node_group_minutes"),
        **cluster,
    )
    baked, next_hop = go_on(plan, verified, cluster=cluster, values=values)

    plan >> lock >> [addons_first, addons_then]
    addons_before >> control_plane >> addons_after >> replaced >> verified
    # Airflow's scheduler asks its database four times about each mapped task that has not begun,
    # every time the run has its turn: 80 questions a group. They are made when their time comes.
    control_plane >> node_groups
    end_run(
        [addons_before, control_plane, addons_after, replaced, verified, baked],
        goals=["verify_cluster"],
        cluster=cluster,
        lock=lock,
        then=next_hop,
    )

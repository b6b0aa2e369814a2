"""Take the control plane of one EKS cluster back by one Kubernetes minor version.

Within seven days of its upgrade, as EKS allows: add-ons that the older version does not take,
then the control plane. Its nodes must be back before (`eks_upgrade_release` with
`return_to_old_nodes`). Every task looks at the world before it acts: it can be cleared and run
again at any time.
"""

from airflow.sdk import DAG, TriggerRule
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.rollback import EksPlanRollbackOperator
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.sensors.verification import EksClusterVerifiedSensor
from eks_upgrade_airflow.task_groups import chosen
from eks_upgrade_airflow.task_groups.addons import list_steps, update_addons
from eks_upgrade_airflow.task_groups.control_plane import take_control_plane_back
from eks_upgrade_airflow.task_groups.ending import end_run
from eks_upgrade_airflow.ui.dag_docs import rollback_doc
from eks_upgrade_airflow.ui.dag_values import LockMinutes, cluster_arguments, form_once, param
from eks_upgrade_airflow.ui.rollback_params import rollback_params

with DAG(
    dag_id="eks_rollback",
    description="Takes the control plane of one EKS cluster back one minor version.",
    doc_md=rollback_doc(),
    schedule=None,
    catchup=False,
    max_active_runs=16,
    params=rollback_params(),
    default_args=retry_arguments() | {"lock_minutes": LockMinutes()},
    tags=["eks", "upgrade"],
) as dag:
    form_once(dag)
    cluster = cluster_arguments(dag)
    values = {name: param(dag, name) for name in dag.params}

    plan = EksPlanRollbackOperator(
        task_id="plan",
        doc_md="Says whether EKS takes the control plane back, and what goes back before it.",
        options=values,
        parameters=list(values),
        **chosen(values, "cancel", "auto_mode_minutes"),
        **cluster,
    )
    lock = EksLockClusterOperator(
        task_id="lock",
        doc_md="Takes the cluster's lock, so that no other run touches it.",
        **cluster,
    )
    addons = list_steps(plan, "addons_before")
    addons_back = update_addons(
        addons,
        doc="Takes add-ons back to versions that fit both minors.",
        before=plan.output["before"],
        cluster=cluster,
        values={**values, "back": True},
    )
    control_plane = take_control_plane_back(
        plan.output["to_version"],
        wait_minutes=plan.output["wait_minutes"],
        cluster=cluster,
        values=values,
    )
    verified = EksClusterVerifiedSensor(
        task_id="verify_cluster",
        doc_md="Looks at control plane and add-ons once more.",
        to_version=plan.output["to_version"],
        addon_versions=plan.output["addon_versions"],
        replaced=[],
        before=plan.output["before"],
        back=True,
        trigger_rule=TriggerRule.NONE_FAILED,
        **chosen(values, waiter_delay="poll_seconds", limit_minutes="node_group_minutes"),
        **cluster,
    )

    plan >> lock >> addons
    addons_back >> control_plane >> verified
    end_run(
        [addons_back, control_plane, verified],
        goals=["verify_cluster"],
        cluster=cluster,
        lock=lock,
    )

"""### Replace one managed node group in its own Kubernetes version, with today's image.

A new group beside the old one, then fence, drain, verify, delete: what an upgrade does for each
group, without the upgrade. Refused before anything is touched when names or versions do not fit.
"""

from airflow.sdk import DAG, Param, TaskGroup
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.nodes.replacement import EksCheckReplacementOperator
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.task_groups.ending import give_lock_back, judge_run
from eks_upgrade_airflow.task_groups.managed_node_group import replace_managed_node_group
from eks_upgrade_airflow.ui.dag_values import LockMinutes, cluster_arguments, form_once, param
from eks_upgrade_airflow.ui.params import upgrade_params

OF_AN_UPGRADE = ("target_version", "node_groups", "addon_conflicts", "override_insights",
                 "addon_minutes", "control_plane_minutes")  # fmt: skip
form = {name: value for name, value in upgrade_params().items() if name not in OF_AN_UPGRADE}

with DAG(
    dag_id="eks_rotate_node_group",
    description="Replaces one managed node group in its own version, with today's image.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=True,
    params={
        "nodegroup_name": Param("", type="string", minLength=1, title="Node group"),
        "replacement_name": Param("", type="string", minLength=1, title="Name of the new group"),
        "version": Param("", type=["null", "string"], title="Version (empty: the cluster's)"),
        **form,
    },
    default_args=retry_arguments() | {"lock_minutes": LockMinutes()},
    tags=["eks", "example"],
) as dag:
    form_once(dag)
    cluster = cluster_arguments(dag)
    names = {name: param(dag, name) for name in ("nodegroup_name", "replacement_name")}
    values = {name: param(dag, name) for name in form}
    lock = EksLockClusterOperator(task_id="lock", **cluster)
    check = EksCheckReplacementOperator(
        task_id="check", version=param(dag, "version"), options=values,
        parameters=list(dag.params), **names, **cluster,
    )  # fmt: skip
    with TaskGroup("node_group") as replaced:
        replace_managed_node_group(
            to_version=check.output["to_version"], cluster=cluster, values=values, **names
        )
    unlock = give_lock_back(lock, cluster=cluster)
    lock >> check >> replaced >> unlock >> judge_run(goals=["node_group.confirm_gone"])

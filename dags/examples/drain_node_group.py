"""### Drain one node group of any EKS cluster.

Moves every pod off its nodes within the disruption budgets, and leaves the nodes cordoned. Nothing
is deleted. The cluster's lock keeps an upgrade and this drain from working at the same time.
"""

from airflow.sdk import DAG, Param
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.task_groups.ending import give_lock_back, judge_run
from eks_upgrade_airflow.ui.dag_values import LockMinutes, cluster_arguments, form_once, param
from eks_upgrade_airflow.ui.params import upgrade_params

CLUSTER = ("cluster_name", "region", "aws_conn_id", "role_arn")
OPTIONS = ("ignore_daemonsets", "delete_emptydir_data", "force_unmanaged_pods")
MORE = ("when_never_allowed", "drain_timeout_minutes")
form = upgrade_params()

with DAG(
    dag_id="eks_drain_node_group",
    description="Moves every pod off one node group; deletes nothing.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=True,
    params={name: form[name] for name in (*CLUSTER, *OPTIONS, *MORE)}
    | {"nodegroup_name": Param("", type="string", minLength=1, title="Node group")},
    default_args=retry_arguments() | {"lock_minutes": LockMinutes()},
    tags=["eks", "example"],
) as dag:
    form_once(dag)
    cluster = cluster_arguments(dag)
    lock = EksLockClusterOperator(task_id="lock", **cluster)
    drain = EksDrainNodesOperator(
        task_id="drain",
        nodegroup_name=param(dag, "nodegroup_name"),
        timeout_minutes=param(dag, "drain_timeout_minutes"),
        when_blocked={"never_allowed": param(dag, "when_never_allowed")},
        **{name: param(dag, name) for name in OPTIONS},
        **cluster,
    )
    unlock = give_lock_back(lock, cluster=cluster)
    lock >> drain >> unlock >> judge_run(goals=["drain"])

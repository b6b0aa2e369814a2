"""A DAG that drains the nodes of a cluster that a Kubernetes connection leads to."""

from airflow.sdk import DAG
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator, EksUnlockClusterOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator

with DAG(dag_id="drain_elsewhere", schedule=None, catchup=False) as dag:
    connection = {"kubernetes_conn_id": "elsewhere"}
    lock = EksLockClusterOperator(task_id="lock", **connection)
    drain = EksDrainNodesOperator(
        task_id="drain",
        node_selector="eks.amazonaws.com/nodegroup in (left)",
        ignore_daemonsets=True,
        timeout_minutes=2,
        **connection,
    )
    unlock = EksUnlockClusterOperator(task_id="unlock", **connection).as_teardown(setups=lock)
    lock >> drain >> unlock

"""A DAG that only drains a node group of a rehearsal cluster: `left`, into `right`."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.ui.dag_values import cluster_arguments, param
from eks_upgrade_airflow.ui.params import upgrade_params

PAIR = {"nodegroup_name": "left", "replacement_name": "right", "to_version": "1.33"}

with DAG(
    dag_id="drain_alone",
    schedule=None,
    catchup=False,
    params=upgrade_params() | {name: Param(value, type="string") for name, value in PAIR.items()},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=1)},
) as dag:
    same: dict[str, Any] = {name: param(dag, name) for name in (*PAIR, "ignore_daemonsets")}
    EksDrainNodesOperator(
        task_id="drain",
        timeout_minutes=param(dag, "drain_timeout_minutes"),
        when_blocked={"never_allowed": param(dag, "when_never_allowed")},
        ask_again_minutes=0.1,
        **same,
        **cluster_arguments(dag),
    )

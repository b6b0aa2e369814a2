"""A DAG that only drains a node group of a rehearsal cluster: `left`, into `right`."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param
from eks_upgrade_airflow.operators.drain import EksDrainNodesOperator
from eks_upgrade_airflow.ui.params import NamedParam, upgrade_params

STEP = {"blue": "left", "green": "right", "from_version": "1.33", "to_version": "1.33"}

with DAG(
    dag_id="drain_alone",
    schedule=None,
    catchup=False,
    params={**upgrade_params(), "group_step": Param(STEP, type="object")},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=1)},
) as dag:
    same: dict[str, Any] = {
        name: NamedParam(dag, name)
        for name in ("cluster_name", "aws_conn_id", "group_step", "ignore_daemonsets")
    }
    EksDrainNodesOperator(
        task_id="drain",
        region_name=NamedParam(dag, "region"),
        timeout_minutes=NamedParam(dag, "drain_timeout_minutes"),
        when_blocked=NamedParam(dag, "when_blocked"),
        ask_again_minutes=0.1,
        **same,
    )

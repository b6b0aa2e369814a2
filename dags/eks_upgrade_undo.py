"""### Lift what a dead upgrade left behind on one EKS cluster.

Its lock, the cordons, taints and caps that carry our mark, and nothing else. Refused while the
run that holds the lock lives. Can be run again at any time: what is lifted stays lifted.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from eks_upgrade_airflow.operators.lock import EksUnlockClusterOperator
from eks_upgrade_airflow.operators.release import (
    EksUndoLiftOperator,
    EksUndoLockOperator,
    EksUndoLookOperator,
)
from eks_upgrade_airflow.run.retry_policy import RETRIES, ClassifiedRetries
from eks_upgrade_airflow.ui.params import NamedParam
from eks_upgrade_airflow.ui.release_params import undo_params

with DAG(
    dag_id="eks_upgrade_undo",
    description="Gives an old node group back and lifts the lock after an upgrade that died.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=16,
    params=undo_params(),
    default_args={
        "retries": RETRIES,
        "retry_policy": ClassifiedRetries(),
        "retry_delay": timedelta(seconds=15),
    },
    tags=["eks", "upgrade"],
) as dag:
    cluster: dict[str, Any] = {
        "cluster_name": NamedParam(dag, "cluster_name"),
        "aws_conn_id": NamedParam(dag, "aws_conn_id"),
        "region_name": NamedParam(dag, "region"),
    }
    undo: dict[str, Any] = {
        "node_groups": NamedParam(dag, "node_groups"),
        "lock_holder": NamedParam(dag, "lock_holder"),
        "only_look": NamedParam(dag, "only_look"),
        **cluster,
    }
    look = EksUndoLookOperator(
        task_id="look",
        doc_md="Lists what carries our mark; refuses while the run that left it lives.",
        **undo,
    )
    lock = EksUndoLockOperator(
        task_id="lock",
        doc_md="Takes the lock from the dead run, so that no other begins meanwhile.",
        **undo,
    )
    lift = EksUndoLiftOperator(
        task_id="lift",
        doc_md="Uncordons our nodes, takes our taint and our cap off, and tells what it did.",
        waiter_delay=NamedParam(dag, "poll_seconds"),
        **undo,
    )
    unlock = EksUnlockClusterOperator(
        task_id="unlock", doc_md="Gives the cluster's lock back.", **cluster
    ).as_teardown(setups=lock)
    look >> lock >> lift >> unlock

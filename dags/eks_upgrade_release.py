"""Lift what a dead upgrade left behind on one EKS cluster, and bring pods back to the old nodes.

Its lock, the cordons, labels, taints and caps that carry our mark, and nothing else. With
`return_to_old_nodes` the new nodes are then fenced and drained the same careful way. Refused while
the run that holds the lock lives. Can be run again at any time: what is lifted stays lifted.
"""

from typing import Any

from airflow.sdk import DAG
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)
from eks_upgrade_airflow.operators.release_report import EksReleaseReportOperator
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.task_groups.ending import give_lock_back, judge_run
from eks_upgrade_airflow.task_groups.way_back import return_to_old_nodes
from eks_upgrade_airflow.ui.dag_docs import release_doc
from eks_upgrade_airflow.ui.dag_values import cluster_arguments, form_once, param
from eks_upgrade_airflow.ui.release_params import release_params

with DAG(
    dag_id="eks_upgrade_release",
    description="Gives an old node group back, with its pods if wanted, and lifts a dead lock.",
    doc_md=release_doc(),
    schedule=None,
    catchup=False,
    max_active_runs=16,
    params=release_params(),
    default_args=retry_arguments(),
    tags=["eks", "upgrade"],
) as dag:
    form_once(dag)
    cluster = cluster_arguments(dag)
    wanted: dict[str, Any] = {
        "node_groups": param(dag, "node_groups"),
        "lock_holder": param(dag, "lock_holder"),
        "only_look": param(dag, "only_look"),
        "return_to_old_nodes": param(dag, "return_to_old_nodes"),
        **cluster,
    }
    values = {name: param(dag, name) for name in dag.params}
    look = EksReleaseLookOperator(
        task_id="look",
        doc_md="Lists what carries our mark; refuses while the run that left it lives.",
        parameters=list(dag.params),
        options=values,
        **wanted,
    )
    lock = EksReleaseLockOperator(
        task_id="lock",
        doc_md="Takes the lock from the dead run, so that no other begins meanwhile.",
        **wanted,
    )
    lift = EksReleaseLiftOperator(
        task_id="lift",
        doc_md="Takes our cordons, labels, taint and cap off, and tells what it did.",
        waiter_delay=param(dag, "poll_seconds"),
        found_ways=look.output["ways_back"],
        **wanted,
    )
    listed, gone_back = return_to_old_nodes(
        look.output["ways_back"], cluster=cluster, values=values
    )
    unlock = give_lock_back(lock, cluster=cluster)
    # A teardown: it runs whatever came before, also where a person ends the run.
    report = EksReleaseReportOperator(
        task_id="report",
        doc_md="Writes what was found, lifted and left, and notes it in the dead run's report.",
        goals=["lift"],
        only_look=param(dag, "only_look"),
        **cluster,
    ).as_teardown()
    look >> lock >> lift >> listed
    [lift, gone_back] >> report
    [lift, gone_back] >> unlock
    [report, unlock] >> judge_run(goals=["lift"])

"""Ask everything that could stop an upgrade of one EKS cluster, and tell it at once.

Reads AWS and the cluster, takes no lock, changes nothing. Takes the parameters of `eks_upgrade`, so
that it judges the upgrade that would be. Fails with `blocked` where something is in the way.
"""

from airflow.sdk import DAG
from eks_upgrade_airflow.operators.preflight import (
    EksPreflightOperator,
    EksPreflightReportOperator,
)
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.ui.dag_docs import preflight_doc
from eks_upgrade_airflow.ui.dag_values import cluster_arguments, form_once, param
from eks_upgrade_airflow.ui.params import upgrade_params

with DAG(
    dag_id="eks_preflight",
    description="Says what could stop an upgrade of one EKS cluster. Changes nothing.",
    doc_md=preflight_doc(),
    schedule=None,
    catchup=False,
    max_active_runs=1000,
    params=upgrade_params(),
    default_args=retry_arguments(),
    tags=["eks", "upgrade"],
) as dag:
    form_once(dag)
    cluster = cluster_arguments(dag)
    values = {name: param(dag, name) for name in dag.params}
    preflight = EksPreflightOperator(
        task_id="preflight",
        doc_md="Judges the cluster by every check; fails where something blocks. Changes nothing.",
        options=values,
        parameters=list(values),
        **cluster,
    )
    report = EksPreflightReportOperator(
        task_id="report",
        doc_md="Writes the verdict as a page, also where something blocks.",
        goals=["preflight"],
        **cluster,
    ).as_teardown()
    preflight >> report

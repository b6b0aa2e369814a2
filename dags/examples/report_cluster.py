"""### Report what an upgrade of one EKS cluster would do. Changes nothing.

Reads the cluster, makes the plan that `eks_upgrade` would follow, and writes it as a report; or
reports every reason why the upgrade cannot be.
"""

from airflow.sdk import DAG
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from eks_upgrade_airflow.run.retry_policy import retry_arguments
from eks_upgrade_airflow.task_groups.ending import end_run
from eks_upgrade_airflow.ui.dag_values import cluster_arguments, form_once, param
from eks_upgrade_airflow.ui.params import upgrade_params

CLUSTER = ("cluster_name", "region", "aws_conn_id", "role_arn")
OPTIONS = ("target_version", "node_groups", "ami_source", "ami_family")
form = upgrade_params()

with DAG(
    dag_id="eks_report_cluster",
    description="Plans an upgrade and reports the plan; changes nothing.",
    doc_md=__doc__,
    schedule=None,
    is_paused_upon_creation=True,
    params={name: form[name] for name in (*CLUSTER, *OPTIONS)},
    default_args=retry_arguments(),
    tags=["eks", "example"],
) as dag:
    form_once(dag)
    cluster = cluster_arguments(dag)
    plan = EksPlanUpgradeOperator(
        task_id="plan",
        options={name: param(dag, name) for name in OPTIONS},
        parameters=list(dag.params),
        **cluster,
    )
    # The verdict: without it a run whose plan is refused would be green, for its report succeeds.
    end_run([plan], goals=["plan"], cluster=cluster)

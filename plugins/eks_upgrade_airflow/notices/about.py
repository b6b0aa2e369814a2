"""What a notice says of its run, read from a task's context."""

from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.run.addresses import base_url, report_address
from eks_upgrade_airflow.run.record import PLAN_TASK, run_url, task_url
from include.eks_upgrade.notices.compose import versions_of
from include.eks_upgrade.notices.model import Subject

if TYPE_CHECKING:
    from airflow.sdk import Context

REPORT_TASK = "report"


def subject_of(context: "Context", cluster: str) -> Subject:
    """The run that this task belongs to."""
    ti: Any = context["ti"]
    plan = ti.xcom_pull(task_ids=PLAN_TASK)
    wanted = str((context.get("params") or {}).get("target_version") or "")
    return Subject(
        cluster=cluster,
        versions=versions_of(plan if isinstance(plan, dict) else None, wanted),
        dag_id=ti.dag_id,
        run_id=ti.run_id,
        who=str(getattr(context.get("dag_run"), "triggering_user_name", None) or ""),
        run_url=run_url(context) or "",
        report_url=_report(context),
    )


def question_url(context: "Context") -> str:
    """Where this task's question is answered; empty where Airflow's own address is not known."""
    ti: Any = context["ti"]
    task = task_url(context, ti.task_id, ti.map_index)
    return f"{task}/required_actions" if task else ""


def has_report(context: "Context") -> bool:
    """Whether the run's DAG writes one."""
    dag = context.get("dag")
    return dag is not None and REPORT_TASK in dag.task_ids


def _report(context: "Context") -> str:
    """The report's address; empty where there is none, or nobody knows where Airflow is."""
    ti = context["ti"]
    return report_address(ti.dag_id, ti.run_id) if has_report(context) and base_url() else ""

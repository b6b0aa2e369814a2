"""Links of a cluster's upgrade task: to its run of `eks_upgrade`, and to that one's report."""

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink

from eks_upgrade_airflow.run.addresses import report_page, run_page
from eks_upgrade_airflow.run.child_runs import CHILD_DAG

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator


class UpgradeRunLink(BaseOperatorLink):
    """The run of `eks_upgrade` that is at work on the cluster, or was last."""

    name = "Upgrade run"

    def get_link(self, operator: "BaseOperator", *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Its page in Airflow; empty while there is none."""
        run_id = getattr(operator, "child_run_id", "")
        return run_page(CHILD_DAG, run_id) if run_id else ""


class ClusterReportLink(BaseOperatorLink):
    """The report of that run."""

    name = "Upgrade report"

    def get_link(self, operator: "BaseOperator", *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Its page; empty while there is no run."""
        run_id = getattr(operator, "child_run_id", "")
        return report_page(CHILD_DAG, run_id) if run_id else ""

"""Links on tasks in the Airflow UI."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.providers.common.compat.sdk import XCom, conf
from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

PLUGIN_PREFIX = "/eks-upgrade"
"""Where the api-server mounts this project's pages."""


class ReportLink(BaseOperatorLink):
    """The HTML report of a run, served by this project's plugin to readers of the run's DAG."""

    name = "Upgrade report"

    def get_link(self, operator: "BaseOperator", *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Address of the report; empty before it is kept, and when it could not be."""
        result = XCom.get_value(ti_key=ti_key, key="return_value")
        if not result or not result["data"].get("html"):
            return ""
        return report_page(ti_key.dag_id, ti_key.run_id)


def report_page(dag_id: str, run_id: str) -> str:
    """Path of a run's report on the api-server, which may itself live below a path."""
    below = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
    return f"{below}{PLUGIN_PREFIX}/reports/{quote(dag_id, safe='')}/{quote(run_id, safe='')}"

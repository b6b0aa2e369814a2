"""Links on tasks in the Airflow UI."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow.providers.common.compat.sdk import XCom
from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

REPORTS_FOLDER = Path(__file__).resolve().parents[3] / "reports"
"""Where reports are written and read: beside `dags/` and `plugins/`."""

REPORTS_PATH = "/eks-upgrade/reports"
"""Where the plugin serves reports, below the api-server's address."""


class ReportLink(BaseOperatorLink):
    """The HTML report of a run, served by this project's plugin to whoever is logged in."""

    name = "Upgrade report"

    def get_link(self, operator: "BaseOperator", *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Address of the report; empty before it is written."""
        result = XCom.get_value(ti_key=ti_key, key="return_value")
        if not result:
            return ""
        return f"{REPORTS_PATH}/{quote(result['data']['html'].rsplit('/', 1)[-1])}"

"""The applications that Airflow's api-server serves for this project.

They are made when this module is imported: Airflow executes the plugin's file anew in each task's
process, where a module stays as the process before the fork has made it.
"""

from typing import Any

from eks_upgrade_airflow.run.addresses import DOCS_PREFIX, PLUGIN_PREFIX
from eks_upgrade_airflow.run.report_store import configured_place
from eks_upgrade_airflow.ui.documentation_pages import documentation_app
from eks_upgrade_airflow.ui.report_pages import report_app

APPS: list[dict[str, Any]] = [
    {
        "app": report_app(configured_place),
        "url_prefix": PLUGIN_PREFIX,
        "name": "EKS upgrade reports",
    },
    {
        "app": documentation_app(),
        "url_prefix": DOCS_PREFIX,
        "name": "EKS upgrade documentation",
    },
]

"""Registers this project with Airflow: reports, the documentation's pages, the fleet's schedule.

Only this file stands at the root of `plugins/`: Airflow executes every file it finds there under
its bare name, and `.airflowignore` keeps it out of the package `eks_upgrade_airflow`.
"""

from typing import Any

from airflow.plugins_manager import AirflowPlugin

# Imported for its own sake: whatever the scheduler and the workers have loaded when they fork a
# task, the task need not load again.
from eks_upgrade_airflow import preload
from eks_upgrade_airflow.base import operator_names
from eks_upgrade_airflow.fleet.overdue import FleetExpectedEnd
from eks_upgrade_airflow.fleet.timetable import FleetTimetable
from eks_upgrade_airflow.notices.overdue import UpgradeExpectedEnd
from eks_upgrade_airflow.run.addresses import DOCS_PREFIX, PLUGIN_PREFIX
from eks_upgrade_airflow.run.by_hand import ByHandListener
from eks_upgrade_airflow.run.report_store import configured_place
from eks_upgrade_airflow.ui.documentation_pages import documentation_app
from eks_upgrade_airflow.ui.links import ReportLink
from eks_upgrade_airflow.ui.report_pages import report_app

preload.load()


class EksUpgradePlugin(AirflowPlugin):
    """Reports of EKS upgrades, the documentation, the fleet's schedule, notes on tasks marked."""

    name = "eks_upgrade"
    listeners = [ByHandListener(operator_names())]  # noqa: RUF012 - as below
    timetables = [FleetTimetable]  # noqa: RUF012 - as below
    deadline_references = [UpgradeExpectedEnd, FleetExpectedEnd]  # noqa: RUF012 - as below
    operator_extra_links = [ReportLink()]  # noqa: RUF012 - Airflow's own attribute
    fastapi_apps: list[Any] = [  # noqa: RUF012 - as above
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

"""Registers this project with Airflow: reports, the documentation's pages, the fleet's schedule.

Only this file stands at the root of `plugins/`: Airflow executes every file it finds there under
its bare name, and `.airflowignore` keeps it out of the package `eks_upgrade_airflow`.
"""

from airflow.plugins_manager import AirflowPlugin

# Imported for its own sake: whatever the scheduler and the workers have loaded when they fork a
# task, the task need not load again.
from eks_upgrade_airflow import preload
from eks_upgrade_airflow.base import operator_names
from eks_upgrade_airflow.fleet.overdue import FleetExpectedEnd
from eks_upgrade_airflow.fleet.timetable import FleetTimetable
from eks_upgrade_airflow.notices.overdue import UpgradeExpectedEnd
from eks_upgrade_airflow.run.by_hand import ByHandListener
from eks_upgrade_airflow.ui.apps import APPS
from eks_upgrade_airflow.ui.links import ReportLink

preload.load()


class EksUpgradePlugin(AirflowPlugin):
    """Reports of EKS upgrades, the documentation, the fleet's schedule, notes on tasks marked."""

    name = "eks_upgrade"
    listeners = [ByHandListener(operator_names())]  # noqa: RUF012 - as below
    timetables = [FleetTimetable]  # noqa: RUF012 - as below
    deadline_references = [UpgradeExpectedEnd, FleetExpectedEnd]  # noqa: RUF012 - as below
    operator_extra_links = [ReportLink()]  # noqa: RUF012 - Airflow's own attribute
    fastapi_apps = APPS

"""Links on tasks in the Airflow UI."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink
from airflow.sdk.exceptions import TaskAwaitingInput, TaskDeferred

from eks_upgrade_airflow.run.addresses import PLUGIN_PREFIX, report_address, report_page, run_page

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

__all__ = ["PLUGIN_PREFIX", "ReportLink", "report_page", "tells_where_the_report_is"]

log = logging.getLogger(__name__)

REPORT_LINE = "The report of this run, which its task `report` writes at the end:"


class ReportLink(BaseOperatorLink):
    """The HTML report of a run, served by this project's plugin to readers of the run's DAG.

    It leads to the page from the first task on; while there is no report, the page says so.
    """

    name = "Upgrade report"

    def get_link(self, operator: "BaseOperator", *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow's signature
        """Address of the report of the task's run."""
        return report_page(ti_key.dag_id, ti_key.run_id)


class NextRunLink(BaseOperatorLink):
    """The run that goes on with the next minor, on the task that starts it."""

    name = "Next run"

    def get_link(self, operator: "BaseOperator", *, ti_key: Any) -> str:
        """Its page in Airflow; empty while there is none."""
        run_id = getattr(operator, "next_run_id", "")
        return run_page(ti_key.dag_id, run_id) if run_id else ""


@contextmanager
def tells_where_the_report_is(context: "Context") -> Iterator[None]:
    """The last lines in the log of a task that has ended, well or not: where the report is."""
    try:
        yield
    except (TaskDeferred, TaskAwaitingInput):
        raise  # it goes on
    except BaseException:
        _tell(context)
        raise
    _tell(context)


def _tell(context: "Context") -> None:
    ti = context["ti"]
    log.info(REPORT_LINE)
    # An address is long: on a line of its own as little of it as possible is cut off.
    log.info("  %s", report_address(ti.dag_id, ti.run_id))

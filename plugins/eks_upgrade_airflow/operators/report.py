"""The report of a run, and the verdict that makes the run's state honest."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.connection.facts import read_facts
from eks_upgrade_airflow.run.record import failed_tasks, record_of
from eks_upgrade_airflow.ui.links import ReportLink
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.report.write import write_report

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksUpgradeReportOperator(EksStepOperator):
    """Write the report as Markdown and HTML, whatever happened before.

    `data` is `{"markdown": path, "html": path}`.

    Args:
        folder: where reports are kept; every component that shows them must see it.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "folder")
    operator_extra_links = (ReportLink(),)

    def __init__(self, *, folder: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder

    def step(self, context: "Context") -> StepResult:
        """Gather, render, write."""
        record = record_of(context, self._facts(), datetime.now(UTC))
        name = f"{self.cluster_name}-{context['ti'].run_id}"
        paths = write_report(record, Path(self.folder), name=name)
        data = {"markdown": str(paths.markdown), "html": str(paths.html)}
        return StepResult(f"report: {paths.html}", data=data)

    def _facts(self) -> ClusterFacts | None:
        """The cluster now; a report without it is better than none."""
        try:
            return read_facts(self.address, self.clients)
        except UpgradeError as error:
            self.log.warning("the report does not show the cluster as it is now: %s", error)
            return None


class EksUpgradeVerdictOperator(BaseOperator):
    """Fail when anything before failed: without it a run whose report succeeds would be green."""

    def execute(self, context: "Context") -> str:
        """Look at all tasks of the run."""
        failed = failed_tasks(context)
        if failed:
            raise AirflowFailException(
                f"the upgrade did not come to its end; failed or not run: {', '.join(failed)}. "
                "The report says what is done, what is not, and how to continue"
            )
        return "every step that was needed succeeded"

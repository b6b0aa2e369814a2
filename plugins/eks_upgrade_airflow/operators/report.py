"""The report of a run, and the verdict that makes the run's state honest."""

import logging
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.connection.facts import read_state
from eks_upgrade_airflow.notices.told import tell_end
from eks_upgrade_airflow.run.record import record_of, world_of, world_seen_lately
from eks_upgrade_airflow.run.report_list import summary_text
from eks_upgrade_airflow.run.report_notes import Note, notes_of
from eks_upgrade_airflow.run.report_store import Form, ReportStore, absolute, configured_place
from eks_upgrade_airflow.run.task_log import hide_trace_of, log_message
from eks_upgrade_airflow.ui.links import ReportLink, tells_where_the_report_is
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.report.proof import proof_of
from include.eks_upgrade.report.record import Record
from include.eks_upgrade.report.redaction import hide
from include.eks_upgrade.report.render import Rendered, render_report
from include.eks_upgrade.report.verdict import judge

if TYPE_CHECKING:
    from airflow.sdk import Context


REPORT_TASK = "report"
"""Where a DAG has it, its runs have a report."""

PROOF_KEY = "proof"
"""XCom key under which the verdict leaves what was seen (`report/proof.py`), for programs."""

MAX_XCOM_TEXT = 20_000
"""Characters of a report that could not be kept that go to XCom; the log has all of it."""


class EksUpgradeReportOperator(EksStepOperator):
    """Write the report as Markdown and HTML, whatever happened before, and keep it.

    `data` is `{"markdown": address, "html": address}`. A place that cannot be written says nothing
    of the upgrade, and so it fails no run: `data` is then `{"not_kept": why}`, the task's log says
    so and has the report's text, and the XCom `report` its beginning.

    Args:
        folder: where the report is kept instead of the place in Airflow's configuration
            (`run/report_store.py`), as a folder or an address. The pages show only what is kept in
            the configured place.
        goals: see `EksUpgradeVerdictOperator`.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "folder")
    operator_extra_links = (ReportLink(),)

    def __init__(self, *, folder: str = "", goals: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder
        self.goals = goals

    def step(self, context: "Context") -> StepResult:
        """Gather, render, keep."""
        with tells_where_the_report_is(context):
            return self._write(context)

    def _write(self, context: "Context") -> StepResult:
        rendered = self.rendered(context)
        try:
            kept = self._keep(context, rendered)
        except Exception as error:  # noqa: BLE001 - each storage has errors of its own
            return self._not_kept(context, rendered, error)
        return StepResult(f"report: {kept['html']}", data=kept)

    def rendered(self, context: "Context") -> Rendered:
        """The report of this run as it is now."""
        now = datetime.now(UTC)
        record = record_of(context, None, now, self.goals)
        world = world_seen_lately(record, now) or self._world()
        return render_report(record | {"world": world, "notes": self.notes_on_it(context)})

    def notes_on_it(self, context: "Context") -> list[Note]:
        """What other runs have added since this report was written for the first time."""
        ti = context["ti"]
        try:
            return notes_of(ReportStore(self.place), ti.dag_id, ti.run_id)
        except Exception as error:  # noqa: BLE001 - each storage has errors of its own
            self.log.info("no notes of other runs could be read: %s", hide(repr(error)))
            return []

    @property
    def place(self) -> str:
        """Where this task keeps reports; ask for it in `step`, after templates are rendered."""
        return absolute(self.folder) if self.folder else configured_place()

    def _keep(self, context: "Context", rendered: Rendered) -> dict[str, str]:
        store, ti = ReportStore(self.place), context["ti"]
        store.write(ti.dag_id, ti.run_id, Form.MARKDOWN, rendered.markdown)
        store.write(ti.dag_id, ti.run_id, Form.HTML, rendered.html)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        about = {"dag_id": ti.dag_id, "run_id": ti.run_id, "at": now, **rendered.summary}
        store.write(ti.dag_id, ti.run_id, Form.SUMMARY, summary_text(about))
        return {
            "markdown": store.address(ti.dag_id, ti.run_id, Form.MARKDOWN),
            "html": store.address(ti.dag_id, ti.run_id, Form.HTML),
        }

    def _not_kept(self, context: "Context", rendered: Rendered, error: Exception) -> StepResult:
        """Say it where it is looked for; the verdict alone shows the upgrade's state."""
        why = hide(f"{type(error).__name__}: {error}")
        self.log.error(
            "THE REPORT WAS NOT KEPT: %s cannot be written: %s. Remedy: make it writable for "
            "workers, or name another place ([eks_upgrade] reports in Airflow's configuration, see "
            "docs/reports.md), then clear this task. The run's state does not depend on it. The "
            "report's text follows.",
            self.place,
            why,
        )
        for line in rendered.markdown.splitlines():
            self.log.info("%s", line)
        context["ti"].xcom_push(key="report", value=rendered.markdown[:MAX_XCOM_TEXT])
        obstacle = Obstacle(f"the report could not be kept in {self.place}: {why}")
        text = f"the report was NOT KEPT in {self.place}; its text is in this task's log"
        return StepResult(text, data={"not_kept": why}, obstacles=(obstacle,))

    def _world(self) -> dict[str, Any] | None:
        """The cluster now; a report without it is better than none."""
        try:
            return world_of(read_state(self.address, self.clients))
        except UpgradeError as error:
            self.log.warning("the report does not show the cluster as it is now: %s", error)
            return None


class EksUpgradeVerdictOperator(BaseOperator):
    """Fail unless it was seen that the run has reached what it was for.

    Use it as a teardown with `on_failure_fail_dagrun` (`task_groups/ending.py`): it is then the
    one task that decides the run's state, and it runs as well where a person ends the run.

    Args:
        goals: ids of tasks; the own result of one of them shows that the run has reached what it
            was for. A run whose plan has nothing to do needs none.
    """

    operator_extra_links = (ReportLink(),)

    def __init__(self, *, goals: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.goals = goals

    def execute(self, context: "Context") -> str:
        """Look at all tasks of the run."""
        told = REPORT_TASK in context["dag"].task_ids
        with tells_where_the_report_is(context) if told else nullcontext():
            return self._judge(context)

    def _judge(self, context: "Context") -> str:
        record = Record.from_json(record_of(context, None, datetime.now(UTC), self.goals))
        verdict = judge(record, self.goals)
        context["ti"].xcom_push(key=PROOF_KEY, value=proof_of(record, verdict).as_json())
        tell_end(context, record, verdict)
        if verdict.good:
            return verdict.message
        log_message(self.log, verdict.message, logging.ERROR)
        ending = AirflowFailException(verdict.message)
        hide_trace_of(ending)
        raise ending

"""The report of a run of the fleet, kept where the reports of upgrades are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.fleet.base import APPROVED_KEY, FleetOperator, fleet_plan
from eks_upgrade_airflow.fleet.operators.ending import fleet_run
from eks_upgrade_airflow.fleet.operators.judge import ring_results_of, ring_verdict
from eks_upgrade_airflow.fleet.operators.ring import APPROVE, ring_so_far, ring_task
from eks_upgrade_airflow.run.addresses import docs_address, reports_address
from eks_upgrade_airflow.run.record import run_url
from eks_upgrade_airflow.run.report_list import summary_text
from eks_upgrade_airflow.run.report_store import Form, ReportStore, configured_place
from eks_upgrade_airflow.ui.links import ReportLink, tells_where_the_report_is
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.fleet.report.record import FleetRecord, RingRecord
from include.eks_upgrade.fleet.report.render import render_fleet_report
from include.eks_upgrade.fleet.running.verdict import fleet_verdict
from include.eks_upgrade.report.redaction import hide
from include.eks_upgrade.report.render import Rendered

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksFleetReportOperator(FleetOperator):
    """Write the report, whatever happened before, and keep it.

    A place that cannot be written says nothing of the fleet, and so it fails no run: the report's
    text is then in the task's log.

    Args:
        rings: the names of the run's rings, in their order.
    """

    template_fields: Sequence[str] = ("rings",)
    operator_extra_links = (ReportLink(),)

    def __init__(self, *, rings: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rings = rings

    def step(self, context: "Context") -> StepResult:
        """Gather, render, keep."""
        with tells_where_the_report_is(context):
            rendered = render_fleet_report(fleet_record(context, self.rings))
            try:
                return StepResult(f"report: {_keep(context, rendered)}")
            except Exception as error:  # noqa: BLE001 - each storage has errors of its own
                why = hide(f"{type(error).__name__}: {error}")
        self.log.error("THE REPORT WAS NOT KEPT in %s: %s. Its text:", configured_place(), why)
        for line in rendered.markdown.splitlines():
            self.log.info("%s", line)
        obstacle = Obstacle(f"the report could not be kept: {why}")
        return StepResult("the report was NOT KEPT", obstacles=(obstacle,))


def fleet_record(context: "Context", rings: Sequence[str]) -> FleetRecord:
    """What is known of this run."""
    ti, run = context["ti"], context["dag_run"]
    seen = fleet_run(context, rings)
    return FleetRecord(
        dag_id=ti.dag_id,
        run_id=ti.run_id,
        plan=fleet_plan(context),
        rings=tuple(_ring(context, name) for name in rings),
        closed=seen.closed,
        broke=seen.broke,
        stopped=seen.stopped,
        verdict=fleet_verdict(seen).message,
        started=run.start_date.isoformat() if run.start_date else "",
        ended=datetime.now(UTC).isoformat(),
        url=run_url(context) or "",
        reports=reports_address(),
        docs=docs_address(),
    )


def _ring(context: "Context", name: str) -> RingRecord:
    verdict = ring_verdict(context, name)
    who = context["ti"].xcom_pull(task_ids=ring_task(name, APPROVE), key=APPROVED_KEY)
    return RingRecord(
        name=name,
        results=tuple(ring_results_of(context, name)) if verdict else (),
        verdict=verdict,
        why="" if verdict else ring_so_far(context, name).why,
        approved_by=str(who or ""),
    )


def _keep(context: "Context", rendered: Rendered) -> str:
    store, ti = ReportStore(configured_place()), context["ti"]
    store.write(ti.dag_id, ti.run_id, Form.MARKDOWN, rendered.markdown)
    store.write(ti.dag_id, ti.run_id, Form.HTML, rendered.html)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    about = {"dag_id": ti.dag_id, "run_id": ti.run_id, "at": now, **rendered.summary}
    store.write(ti.dag_id, ti.run_id, Form.SUMMARY, summary_text(about))
    return store.address(ti.dag_id, ti.run_id, Form.HTML)

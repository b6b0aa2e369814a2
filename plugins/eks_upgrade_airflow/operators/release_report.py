"""The report of a release, and the note on the report of the run whose remains it lifted."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.operators.release import LEFT, LIFTED
from eks_upgrade_airflow.operators.report import EksUpgradeReportOperator
from eks_upgrade_airflow.run.addresses import report_address
from eks_upgrade_airflow.run.lock import holder_of, run_named
from eks_upgrade_airflow.run.record import record_of
from eks_upgrade_airflow.run.report_notes import add_note
from eks_upgrade_airflow.run.report_store import ReportStore
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.report.redaction import hide
from include.eks_upgrade.report.release import note_text, release_report
from include.eks_upgrade.report.render import Rendered, rendered

if TYPE_CHECKING:
    from airflow.sdk import Context

LOOK_TASK, LIFT_TASK = "look", "lift"


class EksReleaseReportOperator(EksUpgradeReportOperator):
    """Write what a release found, lifted and left, whatever came of it, and keep it.

    The run that had left it gets a note with a link in its own report, or in place of one.
    """

    template_fields: Sequence[str] = (*EksUpgradeReportOperator.template_fields, "only_look")

    def __init__(self, *, only_look: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.only_look = only_look

    def step(self, context: "Context") -> StepResult:
        """Keep the report, then add the notes."""
        result = super().step(context)
        if "html" in result.data:
            self._note(context)
        return result

    def rendered(self, context: "Context") -> Rendered:
        """The report of this release."""
        record = record_of(context, None, datetime.now(UTC), self.goals)
        told = {
            **released(context),
            "only_look": bool(self.only_look),
            "runs": [[f"{dag}, run {run}", report_address(dag, run)] for dag, run in dead(context)],
        }
        return rendered(
            release_report(record | {"release": told, "notes": self.notes_on_it(context)})
        )

    def _note(self, context: "Context") -> None:
        """Tell the reports of the dead runs; one that cannot be changed fails nothing."""
        text, ti = note_text(released(context)["lifted"]), context["ti"]
        if not text:
            return
        note = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "text": hide(text),
            "url": report_address(ti.dag_id, ti.run_id),
        }
        for dag_id, run_id in dead(context):
            try:
                add_note(ReportStore(self.place), dag_id, run_id, note)
            except Exception as error:  # noqa: BLE001 - each storage has errors of its own
                why = hide(f"{type(error).__name__}: {error}")
                self.log.warning("the report of run %s could not be given a note: %s", run_id, why)
            else:
                self.log.info("noted in the report of run %s of %s", run_id, dag_id)


def released(context: "Context") -> dict[str, Any]:
    """What the tasks of the release have found, lifted and left, also where one has failed."""
    ti = context["ti"]
    looked = _data(ti.xcom_pull(task_ids=LOOK_TASK))
    return {
        "found": looked.get("lifts") or [],
        "lifted": ti.xcom_pull(task_ids=LIFT_TASK, key=LIFTED) or [],
        "left": ti.xcom_pull(task_ids=LIFT_TASK, key=LEFT) or looked.get("left") or [],
        "lock": looked.get("lock") or "",
    }


def dead(context: "Context") -> list[tuple[str, str]]:
    """DAG and run of this Airflow's runs that had left something."""
    mine = holder_of(context)
    looked = _data(context["ti"].xcom_pull(task_ids=LOOK_TASK))
    named = (run_named(mine, holder) for holder in looked.get("holders") or [])
    return [run for run in dict.fromkeys(named) if run]


def _data(told: Any) -> Mapping[str, Any]:
    return told.get("data") or {} if isinstance(told, dict) else {}

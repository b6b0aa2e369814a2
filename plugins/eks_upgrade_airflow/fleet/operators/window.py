"""The first task of a run of the fleet: whether anything may be done now at all."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.fleet.base import (
    RETURN,
    FileMixin,
    FleetOperator,
    person_of,
    say,
)
from eks_upgrade_airflow.fleet.state import fleet_state, keep
from eks_upgrade_airflow.operators.first_look import given_to
from eks_upgrade_airflow.run.child_runs import child_dag_problems
from eks_upgrade_airflow.run.skip_rest import skip_rest
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.running.resume import resumed
from include.eks_upgrade.fleet.running.state import PAUSED, STOPPED, FleetState, text_of
from include.eks_upgrade.fleet.windows.guard import guard
from include.eks_upgrade.planning.preflight.rules.options import unknown_parameters

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksFleetWindowOperator(FileMixin, FleetOperator):
    """Refuse what cannot be, and leave all else alone when no window is open.

    The result's data is `{"closed": why nothing is to be done, or empty}`. A run that starts
    outside its windows is good: there was nothing to do. Airflow starts missed slots late, four
    days late on unpausing, so nothing but the clock is asked.

    Args:
        fleet_file: see `FileMixin`.
        rings: names of the rings that this run has tasks for.
        parameters: the names that a run may be given; another one is refused.
        outside_windows: the reason for which a person lets it run whatever the windows say.
        resumes: whether a stopped or paused fleet goes on.
        resume_reason: why; asked for with it.
    """

    template_fields: Sequence[str] = (
        "fleet_file", "outside_windows", "resumes", "resume_reason",
    )  # fmt: skip

    def __init__(
        self,
        *,
        fleet_file: str = "",
        rings: Sequence[str] = (),
        parameters: Collection[str] = (),
        outside_windows: str = "",
        resumes: bool = False,
        resume_reason: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.fleet_file = fleet_file
        self.rings = rings
        self.parameters = parameters
        self.outside_windows = outside_windows
        self.resumes = resumes
        self.resume_reason = resume_reason

    def execute(self, context: "Context") -> dict[str, Any]:
        """Look, and let the rest begin or not."""
        with report_failure(context):
            file = self._checked_file(context)
            state = self._state(context)
            closed, why = self._looked(context, file, state)
            told = self.publish(context, StepResult(why, data={"closed": why if closed else ""}))
        if closed:
            context["ti"].xcom_push(key=RETURN, value=told)
            skip_rest(context)
        return told

    def _checked_file(self, context: "Context") -> FleetFile:
        """The file; whatever is wrong is named at once.

        Raises:
            Refused: with the problems of the file, of the parameters, and of `eks_upgrade`.
        """
        problems = unknown_parameters(given_to(context), list(self.parameters))
        if self.resumes and not self.resume_reason:
            what = "a fleet is not resumed without a reason"
            problems.append(Problem("resume_reason", what, "say why it may go on"))
        problems += child_dag_problems(context)
        file = None
        try:
            file = self.read_file()
            problems += self._new_rings(file)
        except Refused as error:
            problems = [*error.problems, *problems]
        if problems or file is None:
            raise Refused("The fleet does not begin", problems)
        return file

    def _new_rings(self, file: FleetFile) -> list[Problem]:
        names = [ring.name for ring in file.rings]
        if not self.rings or names == list(self.rings):
            return []
        what = (
            f"the file has {', '.join(names)}, and this run has tasks for {', '.join(self.rings)}"
        )
        return [Problem("rings", what, "start a new run once Airflow has read the DAG again")]

    def _state(self, context: "Context") -> FleetState:
        """The state, in which a person may just have resumed.

        Raises:
            Refused: the fleet is stopped.
        """
        dag_id = context["ti"].dag_id
        state = fleet_state(dag_id)
        if self.resumes:
            after = resumed(state, person_of(context), self.resume_reason, datetime.now(UTC))
            if after.stop is not None and after.stop is not state.stop:
                keep(dag_id, STOPPED, text_of(after.stop))
            if state.pause is not None:
                keep(dag_id, PAUSED, "")
            say(self, f"the fleet is resumed: {self.resume_reason}")
            state = after
        if state.stopped:
            remedy = (
                "put right what is broken, then resume the fleet: start a run with `resume` and "
                "its reason (docs/fleet.md)"
            )
            raise Refused("The fleet does not begin", [Problem("fleet", state.stopped, remedy)])
        return state

    def _looked(self, context: "Context", file: FleetFile, state: FleetState) -> tuple[bool, str]:
        """Whether nothing is to be done, and a sentence why or why not."""
        if state.paused:
            return True, state.paused
        if self.outside_windows:
            return False, f"a person lets it run whatever windows say: {self.outside_windows}"
        run: Any = context["dag_run"]
        run_type = str(getattr(run.run_type, "value", run.run_type))
        judged = guard(file, run_type, run.logical_date, datetime.now(UTC))
        return not judged.go, judged.message

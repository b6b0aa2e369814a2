"""Runs of `eks_upgrade` that another run starts: started once, joined, and read.

A run's id follows from the run that starts it, the cluster and the hop. So a task that is killed
after it has started one, or is cleared, meets the same run again, and never makes a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType

from eks_upgrade_airflow.run.next_hop import NEXT_RUN
from include.eks_upgrade.common.errors import Problem, Refused, Unreachable, UpgradeError
from include.eks_upgrade.planning.hops.next_run import NextRun
from include.eks_upgrade.report.proof import Proof

if TYPE_CHECKING:
    from airflow.sdk import Context

CHILD_DAG = "eks_upgrade"
VERDICT_TASK, NEXT_HOP_TASK = "verdict", "next_hop"
PROOF_KEY = "proof"

ENDED = frozenset({"success", "failed"})
"""States of a run that goes on only when a person clears something in it."""


@dataclass(frozen=True, kw_only=True)
class ChildRun:
    """One run of `eks_upgrade`.

    Attributes:
        run_id: names it; the same for the same hop of the same cluster in the same fleet's run.
        conf: its parameters.
        note: what stands beside it in Airflow: where it comes from.
    """

    run_id: str
    conf: Mapping[str, Any]
    note: str = ""


def start(child: ChildRun, dag_id: str = CHILD_DAG) -> bool:
    """Start the run; False when it exists already.

    Raises:
        Refused: Airflow does not take it: the DAG is gone, or a parameter breaks its form.
        Unreachable: Airflow gave no answer; the next try finds out whether it was started.
    """
    from airflow.sdk.execution_time import task_runner  # noqa: PLC0415 - cheap DAG parsing
    from airflow.sdk.execution_time.comms import (  # noqa: PLC0415 - as above
        ErrorResponse,
        TriggerDagRun,
    )

    message = TriggerDagRun(
        dag_id=dag_id, run_id=child.run_id, conf=dict(child.conf), note=child.note or None
    )
    try:
        answer = task_runner.SUPERVISOR_COMMS.send(message)
    except AirflowRuntimeError as error:
        raise _not_started(child, dag_id, error) from error
    exists = isinstance(answer, ErrorResponse) and answer.error is ErrorType.DAGRUN_ALREADY_EXISTS
    return not exists


def state_of(run_id: str, dag_id: str = CHILD_DAG) -> str | None:
    """The state of a run; None when there is none. Workers and triggerers may ask.

    Raises:
        Unreachable: Airflow gave no answer.
    """
    from airflow.sdk.execution_time.task_runner import (  # noqa: PLC0415 - cheap DAG parsing
        RuntimeTaskInstance,
    )

    try:
        state: Any = RuntimeTaskInstance.get_dagrun_state(dag_id, run_id)
        return str(getattr(state, "value", state))  # an enumeration, which Airflow calls a text
    except AirflowRuntimeError as error:
        if status_of(error) == 404:
            return None
        what = f"Airflow does not tell the state of run '{run_id}' of {dag_id}: {error}"
        raise Unreachable(what) from error


def proof_left(run_id: str) -> Proof | None:
    """What the verdict of a run of `eks_upgrade` has left; None: nothing yet.

    Raises:
        Unreachable: Airflow gave no answer.
    """
    return Proof.from_json(_left(run_id, VERDICT_TASK, PROOF_KEY))


def next_run_left(run_id: str) -> NextRun | None:
    """The run that goes on after a run of `eks_upgrade`; None: it has ended its way, or says none.

    Raises:
        Unreachable: Airflow gave no answer.
    """
    return NextRun.from_json(_left(run_id, NEXT_HOP_TASK, NEXT_RUN))


def _left(run_id: str, task_id: str, key: str) -> Any:
    """An XCom of a run of `eks_upgrade`; None where it has left none."""
    from airflow.sdk.execution_time.xcom import XCom  # noqa: PLC0415 - cheap DAG parsing

    try:
        return XCom.get_one(
            key=key, dag_id=CHILD_DAG, task_id=task_id, run_id=run_id, map_index=None
        )
    except AirflowRuntimeError as error:
        if error.error.error is ErrorType.XCOM_NOT_FOUND or status_of(error) == 404:
            return None
        what = f"Airflow does not tell what run '{run_id}' of {CHILD_DAG} has left: {error}"
        raise Unreachable(what) from error


def child_dag_problems(context: "Context") -> list[Problem]:
    """Why no run of `eks_upgrade` could do its work: the DAG is missing, or paused."""
    ti: Any = context["ti"]  # the protocol in airflow.sdk.types does not list this method
    try:
        dag = ti.get_dag(CHILD_DAG)
    except AirflowRuntimeError as error:
        if status_of(error) == 404:
            remedy = "put dags/eks_upgrade.py where Airflow reads its DAGs"
            return [Problem(f"DAG {CHILD_DAG}", "Airflow does not know it", remedy)]
        raise Unreachable(f"Airflow does not tell of its DAG {CHILD_DAG}: {error}") from error
    if not dag.is_paused:
        return []
    what = "it is paused, so no run that the fleet starts would begin"
    remedy = f"unpause it: airflow dags unpause {CHILD_DAG}"
    return [Problem(f"DAG {CHILD_DAG}", what, remedy)]


def status_of(error: AirflowRuntimeError) -> int:
    """The HTTP status behind an error of Airflow's API; 0 where there is none."""
    return int((error.error.detail or {}).get("status_code") or 0)


def _not_started(child: ChildRun, dag_id: str, error: AirflowRuntimeError) -> UpgradeError:
    status = status_of(error)
    if not 400 <= status < 500 or status == 429:
        return Unreachable(f"Airflow did not start run '{child.run_id}' of {dag_id}: {error}")
    problem = Problem(
        f"run '{child.run_id}' of {dag_id}",
        f"Airflow does not take it: {_detail(error)}",
        "correct the parameters (of a fleet, in its file), or see to the DAG, then clear this task",
    )
    return Refused(f"{dag_id} was not started", [problem])


def _detail(error: AirflowRuntimeError) -> str:
    """Airflow's own words, out of the layers of its answer."""
    found: Any = error.error.detail or {}
    while isinstance(found, Mapping) and isinstance(found.get("detail"), Mapping):
        found = found["detail"]
    return str(found.get("message") or error) if isinstance(found, Mapping) else str(found)

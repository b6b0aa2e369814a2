"""What outlives the fleet's runs, in Airflow Variables: a person reads and changes them in the UI.

Variables are named by the DAG, `eks_fleet.stopped` for one. Not Airflow's state stores: 3.3's are
for one task of one run or for one asset, and no person can write them in the UI.

They are asked for as a worker's supervisor understands it, past `Variable.get`: that takes an API
that does not answer for a Variable that does not exist, and so a stop for none.
"""

from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType

from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.fleet.running.learned import Learned, read_learned
from include.eks_upgrade.fleet.running.state import KEYS, FleetState, read_state

DESCRIPTIONS = {
    "stopped": "Why the fleet is stopped, and who resumed it (docs/fleet.md)",
    "paused": "That nothing new begins for now (docs/fleet.md)",
    "skipped": "Clusters that the fleet leaves alone (docs/fleet.md)",
    "failed": "What did not become healthy in the last run (docs/fleet.md)",
    "unjudged": "What was begun and not seen healthy since (docs/fleet.md)",
    "minutes": "How long upgrades of each cluster have taken (docs/fleet.md)",
}

MINUTES = "minutes"
"""Beside what `KEYS` names: it grows with the fleet, and is read for the plan alone."""


def variable_name(dag_id: str, key: str) -> str:
    """The name of a Variable of the fleet."""
    return f"{dag_id}.{key}"


def fleet_state(dag_id: str) -> FleetState:
    """The state as it is now; workers and triggerers may ask.

    Raises:
        Refused: a Variable cannot be read.
        Unreachable: Airflow gave no answer.
    """
    return read_state({key: _read(variable_name(dag_id, key)) for key in KEYS})


def learned(dag_id: str) -> Learned:
    """How long upgrades have taken.

    Raises:
        Unreachable: Airflow gave no answer.
    """
    return read_learned(_read(variable_name(dag_id, MINUTES)))


def keep(dag_id: str, key: str, text: str) -> None:
    """Write one text of the state.

    Raises:
        Unreachable: Airflow did not take it.
    """
    from airflow.sdk.execution_time.comms import PutVariable  # noqa: PLC0415 - cheap DAG parsing

    _send(
        PutVariable(key=variable_name(dag_id, key), value=text, description=DESCRIPTIONS[key]),
        "does not keep",
    )


def _read(name: str) -> str | None:
    from airflow.sdk.execution_time.comms import (  # noqa: PLC0415 - cheap DAG parsing
        ErrorResponse,
        GetVariable,
    )

    answer = _send(GetVariable(key=name), "does not tell")
    if not isinstance(answer, ErrorResponse):
        return str(answer.value or "")
    if answer.error is ErrorType.VARIABLE_NOT_FOUND:
        return None
    raise Unreachable(f"Airflow does not tell its Variable '{name}': {answer.detail}")


def _send(message: Any, what: str) -> Any:
    from airflow.sdk.execution_time import task_runner  # noqa: PLC0415 - cheap DAG parsing

    try:
        return task_runner.SUPERVISOR_COMMS.send(message)
    except AirflowRuntimeError as error:
        raise Unreachable(f"Airflow {what} its Variable '{message.key}': {error}") from error

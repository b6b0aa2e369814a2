"""What the tasks of a run of the fleet share: the file, the plan, the results, leaving the rest."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from eks_upgrade_airflow.base import StepMixin
from eks_upgrade_airflow.run.task_log import log_message
from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.fleet.file.model import FleetFile, Ring
from include.eks_upgrade.fleet.file.path import AIRFLOW_VARIABLE, ENVIRONMENT_VARIABLE, fleet_file
from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.judge_ring import ClusterResult
from include.eks_upgrade.fleet.plan import FleetPlan
from include.eks_upgrade.fleet.running.results import latest, read_result

if TYPE_CHECKING:
    from airflow.sdk import Context

WINDOW_TASK = "open_window"
PLACES_TASK = "list_places"
DISCOVER_TASK = "discover"
PLAN_TASK = "plan_window"

RETURN = "return_value"
PLAN_KEY = "plan"
"""XCom key of the plan, `FleetPlan.as_json`."""

FOUND_KEY = "found"
"""XCom key of what was found in one place: `{"title", "found"}`."""

CLUSTERS_KEY = "clusters"
"""XCom key of all clusters that the plan is about, `FleetCluster.as_json` each."""

LEFT_KEY = "left_by_persons"
"""XCom key of the ARNs of clusters that people want left alone in this run."""

RING_KEY = "ring"
"""XCom key of what a ring's first task has decided: `{"state": RingState, "why": sentence}`."""

RESULT_KEY = "result"
"""XCom key of a `ClusterResult`, as an upgrade or a look at its health leaves it."""

VERDICT_KEY = "standing"
"""XCom key of a ring's `RingVerdict`."""

APPROVED_KEY = "approved_by"
"""XCom key of the name of whoever let a ring begin."""


class FleetOperator(StepMixin, BaseOperator):
    """A task that is about no cluster of its own; `step` returns a `StepResult`."""

    cluster_name = ""
    aws_conn_id = None
    region_name = None
    role_arn = None
    lock_minutes = 0.0

    def __init__(self, **kwargs: Any) -> None:
        # Needed although it adds nothing: for a class without one, Airflow 3.3.2 takes the defaults
        # of a mapped task from BaseOperator's own signature, and a list of inlets is None there.
        super().__init__(**kwargs)


class FileMixin:
    """A task that reads the fleet file afresh.

    Attributes:
        fleet_file: its path; empty: as the environment or the Airflow Variable say.
    """

    fleet_file: str = ""

    def read_file(self) -> FleetFile:
        """The file as it is now.

        Raises:
            Refused: it cannot be used; all problems at once.
        """
        return read_fleet_file(fleet_path(self.fleet_file))

    def read_ring(self, name: str) -> Ring:
        """A ring of the file as it is now."""
        ring = next((each for each in self.read_file().rings if each.name == name), None)
        if ring is None:
            what = "the fleet file has no such ring any more"
            remedy = "put it back, or let the next run do without it"
            raise refusal("The fleet's ring is gone", f"ring '{name}'", what, remedy)
        return ring


def fleet_path(given: str = "") -> Path:
    """Where the fleet file is: as given, else the environment's, the Variable's, the default."""
    if given:
        return fleet_file({}, given)
    chosen = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    return fleet_file(os.environ, "" if chosen else _variable())


def _variable() -> str:
    from airflow.sdk import Variable  # noqa: PLC0415 - cheap DAG parsing

    return str(Variable.get(AIRFLOW_VARIABLE, default=None) or "")


def fleet_plan(context: "Context") -> FleetPlan | None:
    """The plan of this run; None when there is none."""
    raw = context["ti"].xcom_pull(task_ids=PLAN_TASK, key=PLAN_KEY)
    return FleetPlan.from_json(raw) if raw else None


def results_of(context: "Context", task_id: str) -> list[ClusterResult]:
    """What the mapped task of a ring has left so far, in no certain order."""
    return [read_result(raw) for raw in left_by(context, task_id)]


def left_by(context: "Context", task_id: str) -> Sequence[Mapping[str, Any]]:
    """The same raw, with what stands beside the results: one for each cluster."""
    return latest(pulled(context, task_id, RESULT_KEY))


def pulled(context: "Context", task_id: str, key: str) -> Sequence[dict[str, Any]]:
    """All XComs of a mapped task under a key."""
    found: Any = context["ti"].xcom_pull(task_ids=task_id, key=key)
    # Airflow takes a list of one for the one.
    return [found] if isinstance(found, dict) else [one for one in found or () if one]


def say(task: Any, *lines: str) -> None:
    """Write lines to the task's log."""
    for line in lines:
        log_message(task.log, line)


def person_of(context: "Context") -> str:
    """Who started the run; empty for a schedule."""
    return str(getattr(context["dag_run"], "triggering_user_name", None) or "")

"""A fleet's run in few words: its tasks executed in this process, Airflow's API a fake behind them.

The fake answers what workers and triggerers send to their supervisor: it keeps runs of other DAGs,
what they left, Variables, and the states of the run's own tasks.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRuntimeError,
    AirflowSkipException,
    DownstreamTasksSkipped,
    ErrorType,
    TaskAwaitingInput,
    TaskDeferred,
)
from airflow.sdk.execution_time import comms, task_runner
from airflow.sdk.execution_time.context import OutletEventAccessors
from eks_upgrade_airflow.run.child_runs import CHILD_DAG

from include.eks_upgrade.common.run_ids import next_hop_run_id
from include.eks_upgrade.common.versions import Minor
from tests.airflow.worker import StateStore, as_worker, resurrected

RUN_ID = "manual__1"
RUN_AFTER = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process ended here."""


def refused(status: int, message: str = "no") -> AirflowRuntimeError:
    """How Airflow's API refuses, as a task meets it."""
    detail = {"status_code": status, "message": message, "detail": {"detail": {"message": message}}}
    return AirflowRuntimeError(comms.ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail))


@dataclass
class Airflow:
    """What there is behind Airflow's API.

    Attributes:
        runs: state of each run by its id.
        started: what was asked to be started, in order; each run at most once.
        proofs: what the verdicts of runs have left.
        final: the version to which runs are on their way, one minor each.
        stays: ids of runs that have brought nodes up and have not moved the control plane.
        variables: by name.
        states: of the run's own tasks, by `task_id` or `task_id_mapindex`.
        paused: whether `eks_upgrade` is; None: there is no such DAG.
        broken: by message, what is answered instead; once each.
        after: called with each message that was answered.
    """

    runs: dict[str, str] = field(default_factory=dict)
    started: list[comms.TriggerDagRun] = field(default_factory=list)
    proofs: dict[str, Any] = field(default_factory=dict)
    final: str = "1.34"
    stays: set[str] = field(default_factory=set)
    variables: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    paused: bool | None = False
    broken: dict[type[Any], list[Exception]] = field(default_factory=dict)
    after: Callable[[Any], None] | None = None
    asked: list[Any] = field(default_factory=list)

    def send(self, msg: Any) -> Any:
        """One message to the supervisor, and its answer."""
        failures = self.broken.get(type(msg))
        if failures:
            raise failures.pop(0)
        answer = getattr(self, f"_{type(msg).__name__}", self._other)(msg)
        if self.after:
            self.after(msg)
        return answer

    def _other(self, msg: Any) -> None:
        self.asked.append(msg)

    def _TriggerDagRun(self, msg: Any) -> Any:
        if msg.run_id in self.runs:
            return comms.ErrorResponse(error=ErrorType.DAGRUN_ALREADY_EXISTS)
        self.started.append(msg)
        self.runs[msg.run_id] = "queued"
        return comms.OKResponse(ok=True)

    def _GetDagRunState(self, msg: Any) -> Any:
        if msg.run_id not in self.runs:
            raise refused(404, "not found")
        return comms.DagRunStateResult(state=self.runs[msg.run_id])

    def _GetXCom(self, msg: Any) -> Any:
        if (msg.dag_id, msg.task_id, msg.key) == (CHILD_DAG, "next_hop", "next_run"):
            return comms.XComResult(key=msg.key, value=self._next_run(msg.run_id))
        assert (msg.dag_id, msg.task_id, msg.key) == (CHILD_DAG, "verdict", "proof")
        return comms.XComResult(key=msg.key, value=self.proofs.get(msg.run_id))

    def _next_run(self, run_id: str) -> Any:
        """What a run of `eks_upgrade` leaves about the one after it."""
        at, to = run_id.split("__")[-2].split("-to-")
        reached = at if run_id in self.stays else to
        if reached == self.final:
            return None
        following = next_hop_run_id(
            run_id,
            (reached, str(Minor.parse(reached).next())),
            again=run_id in self.stays,
            otherwise="",
        )
        conf = next((dict(one.conf) for one in self.started if one.run_id == run_id), {})
        return {"run_id": following, "conf": conf, "from_version": reached}

    def _GetVariable(self, msg: Any) -> Any:
        if msg.key not in self.variables:
            return comms.ErrorResponse(error=ErrorType.VARIABLE_NOT_FOUND)
        return comms.VariableResult(key=msg.key, value=self.variables[msg.key])

    def _PutVariable(self, msg: Any) -> Any:
        self.variables[msg.key] = msg.value
        return comms.OKResponse(ok=True)

    def _GetTICount(self, msg: Any) -> Any:
        (task_id,) = msg.task_ids
        found = [one for key, one in self.states.items() if key.startswith(f"{task_id}_")]
        return comms.TICount(count=sum(1 for state in found if state in msg.states))

    def _GetTaskStates(self, _: Any) -> Any:
        return comms.TaskStatesResult(task_states={RUN_ID: dict(self.states)})

    def _GetDag(self, msg: Any) -> Any:
        if self.paused is None:
            raise refused(404, "not found")
        return SimpleNamespace(dag_id=msg.dag_id, is_paused=self.paused)


@contextmanager
def behind(airflow: Airflow) -> Iterator[None]:
    """Let what tasks and triggers ask in this block be answered by it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_runner, "SUPERVISOR_COMMS", airflow, raising=False)
        yield


@dataclass
class TaskInstance:
    """The part of a task instance that the fleet's tasks use; XComs are the run's."""

    run: "FleetRun"
    task_id: str
    map_index: int = -1
    dag_id: str = "eks_fleet"
    run_id: str = RUN_ID
    try_number: int = 1
    max_tries: int = 0
    id: Any = field(default_factory=uuid4)

    def xcom_push(self, key: str, value: Any) -> None:
        kept = json.loads(json.dumps(value))
        self.run.xcoms.setdefault((self.task_id, key), {})[self.map_index] = kept

    def xcom_pull(
        self, task_ids: str, key: str = "return_value", map_indexes: int | None = None, **_: Any
    ) -> Any:
        found = self.run.xcoms.get((task_ids, key), {})
        if map_indexes is not None:
            return found.get(map_indexes)
        values = [found[index] for index in sorted(found)]
        return values[0] if len(values) == 1 else values or None

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
        return task_runner.RuntimeTaskInstance.get_dagrun_state(dag_id, run_id)

    def get_dag(self, dag_id: str) -> Any:
        return task_runner.RuntimeTaskInstance.get_dag(dag_id)

    def get_task_states(self, **asked: Any) -> Any:
        return task_runner.RuntimeTaskInstance.get_task_states(**asked)


@dataclass(frozen=True)
class Ended:
    """How an execution ended: `done`, `skipped`, `failed`, `left` (the rest skipped), `asks`, or
    `deferred`."""

    state: str
    value: Any = None


@dataclass
class FleetRun:
    """One run of the fleet, whose tasks are executed one by one.

    Attributes:
        airflow: what is behind Airflow's API.
        xcoms: by task and key, by map index.
        stores: task state stores.
        conf: what the run was given.
        user: who started it.
    """

    airflow: Airflow = field(default_factory=Airflow)
    xcoms: dict[tuple[str, str], dict[int, Any]] = field(default_factory=dict)
    stores: dict[tuple[str, int], StateStore] = field(default_factory=dict)
    conf: Mapping[str, Any] = field(default_factory=dict)
    user: str | None = None
    run_type: str = "manual"
    logical_date: datetime | None = None
    task_ids: list[str] = field(default_factory=list)
    tries: int = 0
    outlet_events: OutletEventAccessors = field(default_factory=OutletEventAccessors)

    def execute(
        self, task: Any, map_index: int = -1, event: Any = None, method: str = "execute"
    ) -> Ended:
        """One execution of a task, from the start or on from an event."""
        context = self._context(task, map_index)
        call = getattr(task, method)
        try:
            with as_worker(task), behind(self.airflow):
                told = call(context) if method == "execute" else call(context, event=event)
        except TaskDeferred as deferral:
            return Ended("deferred", deferral)
        except TaskAwaitingInput as waiting:
            return Ended("asks", waiting)
        except DownstreamTasksSkipped as left:
            return self._noted(task, map_index, Ended("left", left.tasks))
        except AirflowSkipException as skipped:
            return self._noted(task, map_index, Ended("skipped", str(skipped)))
        except AirflowFailException as failed:
            return self._noted(task, map_index, Ended("failed", str(failed)))
        context["ti"].xcom_push("return_value", told)
        return self._noted(task, map_index, Ended("done", told))

    def to_the_end(self, make: Callable[[], Any], map_index: int = -1) -> Ended:
        """Execute a task, and its triggers, until it has ended; a new process each time."""
        ended = self.execute(make(), map_index)
        while ended.state == "deferred":
            event = self.fired(ended.value.trigger)
            ended = self.execute(make(), map_index, event, ended.value.method_name)
        return ended

    def fired(self, trigger: Any) -> Any:
        """The event of a trigger, through JSON both ways as Airflow sends them."""

        async def first() -> Any:
            return (await anext(resurrected(trigger).run())).payload

        with behind(self.airflow):
            return json.loads(json.dumps(asyncio.run(first())))

    def pulled(self, task_id: str, key: str, map_index: int = -1) -> Any:
        return self.xcoms.get((task_id, key), {}).get(map_index)

    def _noted(self, task: Any, map_index: int, ended: Ended) -> Ended:
        state = {"done": "success", "left": "success"}.get(ended.state, ended.state)
        name = task.task_id if map_index < 0 else f"{task.task_id}_{map_index}"
        self.airflow.states[name] = state
        return ended

    def _context(self, task: Any, map_index: int) -> dict[str, Any]:
        store = self.stores.setdefault((task.task_id, map_index), StateStore())
        run = SimpleNamespace(
            run_after=RUN_AFTER,
            conf=dict(self.conf),
            triggering_user_name=self.user,
            run_type=self.run_type,
            logical_date=self.logical_date,
            start_date=RUN_AFTER,
        )
        return {
            "ti": TaskInstance(self, task.task_id, map_index),
            "task": task,
            "task_state_store": store,
            "dag_run": run,
            "outlet_events": self.outlet_events,
            "dag": SimpleNamespace(task_ids=list(self.task_ids)),
            "params": {},
            "run_id": RUN_ID,
        }

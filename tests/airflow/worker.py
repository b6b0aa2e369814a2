"""A worker and a triggerer in few words: what Airflow does around a task, without Airflow.

A task is executed, its deferral caught, its trigger sent through JSON as Airflow sends it, run,
and the method that the deferral names is called with the event.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import TaskAwaitingInput, TaskDeferred
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import GetTaskStates, TaskStatesResult
from airflow.sdk.module_loading import import_string
from airflow.triggers.base import TriggerEvent
from eks_upgrade_airflow.ui.params import upgrade_params
from jinja2.sandbox import SandboxedEnvironment

from include.rehearsal.environment import Rehearsal

DAG_ID = "eks_upgrade"
FROM_CONNECTION = '{"conn_type": "aws"}'
"""An AWS connection that leaves everything to boto3's own chain."""


@dataclass
class TaskInstance:
    """The part of a task instance that the operators use."""

    run_id: str
    xcoms: dict[str, Any]
    states: dict[str, str]
    dag_id: str = DAG_ID
    task_id: str = "task"
    try_number: int = 1
    map_index: int = -1
    id: UUID = field(default_factory=uuid4)
    pushed: dict[str, Any] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str, key: str = "return_value", **_: Any) -> Any:
        if key == "return_value":
            return self.xcoms.get(task_ids)
        return self.others.get(task_ids, {}).get(key)

    def get_dagrun_state(self, _dag_id: str, run_id: str) -> str:
        return self.states.get(run_id, "running")

    def get_task_breadcrumbs(self, **_: str) -> Iterator[dict[str, Any]]:
        for task_id in self.xcoms:
            yield {"task_id": task_id, "map_index": -1, "state": "success", "duration": 1.0}


class StateStore(dict[str, Any]):
    """`task_state_store`: what outlives a clearing of the task."""

    def set(self, key: str, value: Any) -> None:
        self[key] = value

    def delete(self, key: str) -> None:
        self.pop(key, None)


@dataclass(frozen=True)
class DagRun:
    """The part of a DAG run that tasks use."""

    start_date: datetime = field(default_factory=lambda: datetime.now(UTC))
    run_after: datetime = datetime(2026, 11, 26, 3, 12, tzinfo=UTC)
    conf: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Step:
    """A task of the DAG, for the report's order."""

    task_id: str


class Dag:
    """The part of the DAG that the report uses: its tasks in order."""

    def __init__(self, task_ids: list[str]) -> None:
        self.steps = [Step(task_id) for task_id in task_ids]

    @property
    def task_ids(self) -> list[str]:
        return [step.task_id for step in self.steps]

    def topological_sort(self) -> list[Step]:
        return self.steps

    render_template_as_native_obj = False

    def get_template_env(self, **_: Any) -> SandboxedEnvironment:
        return SandboxedEnvironment()


def parameters(**given: Any) -> dict[str, Any]:
    """The form's values: its defaults with some changed."""
    return deepcopy(_defaults()) | given


@cache
def _defaults() -> dict[str, Any]:
    return {name: param.value for name, param in upgrade_params().items()}


@dataclass
class Run:
    """One DAG run: executes tasks one after another and remembers what they returned.

    Attributes:
        done: what each task returned, by the name it was given.
        failure: the message the last failed task left for the report.
        deferred: classes of the triggers that were needed, in order.
        answers: what people will answer, one after another; None lets the time run out.
        asked: the questions that were put, as the supervisor got them.
        pushed: XComs of the last task besides what it returned.
        conf: what the run was given; by default nothing, as if all stood in `params`.
        letters: what else Airflow keeps: of each task its template fields as they were rendered,
            its XComs, and the triggers and events of its deferrals, in order.
    """

    params: dict[str, Any]
    run_id: str = "manual__1"
    try_number: int = 1
    done: dict[str, Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    store: StateStore = field(default_factory=StateStore)
    failure: str | None = None
    deferred: list[str] = field(default_factory=list)
    answers: list[str | None] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    pushed: dict[str, Any] = field(default_factory=dict)
    letters: list[Any] = field(default_factory=list)
    conf: Mapping[str, Any] | None = None
    pushes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`pushed` of each task, by the name it was given."""
    airflow: Callable[[GetTaskStates], TaskStatesResult] | None = None
    """Tells the states of the run's tasks, for those who ask for them."""

    @property
    def cluster(self) -> dict[str, Any]:
        """The arguments that say which cluster."""
        return {
            "cluster_name": self.params["cluster_name"],
            "aws_conn_id": self.params["aws_conn_id"],
            "region_name": self.params["region"],
            "role_arn": self.params.get("role_arn", ""),
        }

    def do(self, name: str, kind: type[Any], **arguments: Any) -> Any:
        """Execute a task to its end and keep what it returned under its name."""
        task = kind(task_id=name, **self.cluster, **arguments)
        ti = TaskInstance(
            self.run_id,
            self.done,
            self.states,
            task_id=name,
            try_number=self.try_number,
            others=self.pushes,
        )
        context = {
            "ti": ti,
            "params": self.params,
            "task_state_store": self.store,
            "dag_run": DagRun(conf=self.conf),
            "dag": Dag(list(self.done)),
            "run_id": self.run_id,
        }
        self.letters.append({name: getattr(task, name) for name in task.template_fields})
        try:
            told = self._to_the_end(task, context)
        finally:
            self.pushed = json.loads(json.dumps(ti.pushed))
            self.pushes[name] = self.pushed
            self.letters.append(self.pushed)
            self.failure = ti.pushed.get("failure")
        self.done[name] = json.loads(json.dumps(told))
        return self.done[name]

    def fire(self, trigger: Any) -> TriggerEvent:
        """What the triggerer does of it."""
        return fire(trigger)

    def _to_the_end(self, task: Any, context: dict[str, Any]) -> Any:
        method, arguments = task.execute, {}
        while True:
            try:
                with as_worker(task), supervised(self.asked, self.airflow):
                    return method(context, **arguments)
            except TaskAwaitingInput as waiting:
                kept = json.loads(json.dumps(waiting.kwargs))
                method, arguments = (
                    getattr(task, waiting.method_name),
                    {**kept, "event": answer(self.answers.pop(0))},
                )
            except TaskDeferred as deferral:
                self.deferred.append(type(deferral.trigger).__name__)
                with supervised(self.asked, self.airflow):
                    event = self.fire(deferral.trigger)
                self.letters += [deferral.trigger.serialize(), deferral.kwargs, event.payload]
                method, arguments = getattr(task, deferral.method_name), {"event": event.payload}


@contextmanager
def as_worker(task: Any) -> Iterator[None]:
    """Execute a task in this block: Airflow refuses to outside its runner, which marks it so."""
    token = ExecutorSafeguard.tracker.set(task)
    try:
        yield
    finally:
        ExecutorSafeguard.tracker.reset(token)


@contextmanager
def supervised(
    asked: list[Any], airflow: Callable[[GetTaskStates], TaskStatesResult] | None = None
) -> Iterator[None]:
    """Let what the task tells its supervisor, such as a question for people, end in a list.

    Questions for the states of tasks are answered by `airflow`.
    """

    class Comms:
        @staticmethod
        def send(msg: Any) -> Any:
            if airflow is not None and isinstance(msg, GetTaskStates):
                return airflow(msg)
            asked.append(msg)
            return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task_runner, "SUPERVISOR_COMMS", Comms, raising=False)
        yield


def answer(option: str | None) -> dict[str, Any]:
    """The event with which Airflow resumes a task when somebody answered, or nobody did."""
    if option is None:
        return {"error": "The response timeout has passed.", "error_type": "timeout"}
    return {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": datetime(2026, 11, 24, 3, 12, 45, tzinfo=UTC),
        "responded_by_user": {"id": "7", "name": "Ada"},
        "timedout": False,
    }


def resurrected(trigger: Any) -> Any:
    """The trigger as a triggerer gets it: by class path and JSON."""
    path, arguments = trigger.serialize()
    return import_string(path)(**json.loads(json.dumps(arguments)))


def fire(trigger: Any) -> TriggerEvent:
    """Run a trigger until its event, and send that through JSON."""

    async def first() -> TriggerEvent:
        return await anext(resurrected(trigger).run())

    return TriggerEvent(json.loads(json.dumps(asyncio.run(first()).payload)))


def environment(rehearsal: Rehearsal) -> Mapping[str, str]:
    """The variables with which operators reach a rehearsal."""
    return {**rehearsal.environment, "AIRFLOW_CONN_AWS_DEFAULT": FROM_CONNECTION}

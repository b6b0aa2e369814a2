"""One process that takes a run from where its diary ends to its end, unless it is killed.

It is a worker and a triggerer by turns. As in Airflow, a task whose worker died is tried again
from its beginning with the next try number, and a trigger whose triggerer died is made anew from
its arguments.
"""

import asyncio
import json
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskDeferred
from airflow.sdk.module_loading import import_string
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)
from eks_upgrade_airflow.operators.way_back import EksDeleteEmptiedNodegroupOperator
from eks_upgrade_airflow.sensors.nodegroup import (
    EksNodegroupDeletionSensor,
    EksNodegroupReadySensor,
)
from eks_upgrade_airflow.sensors.verification import EksWorkloadsSensor

from tests import quick_hooks
from tests.airflow.upgrade import LOAD_BALANCER_SECONDS, QUICK, WORSE_MINUTES, Upgrade
from tests.airflow.worker import (
    Dag,
    DagRun,
    Run,
    StateStore,
    as_worker,
    parameters,
    supervised,
)
from tests.aws_models import read_models
from tests.crash.diary import Diary
from tests.crash.names import NamedInstance, places

assert quick_hooks

TRIES = 5
"""Of one task, the killed one among them."""
PAUSE = 0.5
"""Seconds before a failed try is repeated."""
PATIENT = {**QUICK, "waiter_delay": 0.3, "limit_minutes": 5.0}
"""Many rows share the processor."""


class Store(StateStore):
    """A task's state store, which is written into the diary."""

    def __init__(self, run: "DiaryRun", task: str) -> None:
        super().__init__(run.diary.store.get(task, {}))
        self._run, self._task = run, task

    def set(self, key: str, value: Any) -> None:
        super().set(key, json.loads(json.dumps(value)))
        self._keep()

    def delete(self, key: str) -> None:
        super().delete(key)
        self._keep()

    def _keep(self) -> None:
        self._run.diary.store[self._task] = dict(self)
        self._run.save()


class DiaryRun(Run):
    """A run whose every step is in its diary before the next begins."""

    def __init__(self, path: Path) -> None:
        self.path, self.diary = path, Diary.load(path)
        super().__init__(parameters(**self.diary.params), self.diary.run_id, done=self.diary.done)

    def save(self) -> None:
        self.diary.save(self.path)

    def do(self, name: str, kind: type[Any], **arguments: Any) -> Any:
        """Bring a task to its end, unless the diary says that it is there."""
        diary = self.diary
        while name not in diary.done:
            if diary.task != name or diary.letter is None:
                self._begin(name)
            try:
                told = self._one_try(name, kind(task_id=name, **self.cluster, **arguments))
            except AirflowSkipException:
                told = None
            except Exception as error:
                self._tried(name, error)
                if isinstance(error, AirflowFailException) or diary.tries[name] >= TRIES:
                    raise
                time.sleep(PAUSE)
                continue
            diary.done[name] = json.loads(json.dumps(told))
            diary.task = diary.letter = None
            self.save()
        return diary.done[name]

    def _begin(self, name: str) -> None:
        diary = self.diary
        diary.task, diary.letter = name, None
        diary.tries[name] = diary.tries.get(name, 0) + 1
        self.save()

    def _tried(self, name: str, error: Exception) -> None:
        self.diary.troubles.append(f"{name}: {type(error).__name__}: {error}")
        self.diary.letter = None
        self.save()
        traceback.print_exc()

    def _one_try(self, name: str, task: Any) -> Any:
        ti = NamedInstance(
            self.run_id,
            self.done,
            self.states,
            task_id=name,
            try_number=self.diary.tries[name],
        )
        context = {
            "ti": ti,
            "run_id": self.run_id,
            "params": self.params,
            "task_state_store": Store(self, name),
            "dag_run": DagRun(datetime.fromisoformat(self.diary.started)),
            "dag": Dag([task_id for task_id, _ in places(self.done).values()]),
        }
        method, arguments = task.execute, {}
        while True:
            if self.diary.letter:
                method, arguments = self._triggered(task)
            try:
                with as_worker(task), supervised(self.asked):
                    return method(context, **arguments)
            except TaskDeferred as deferral:
                path, kwargs = deferral.trigger.serialize()
                self.diary.letter = json.loads(
                    json.dumps({"path": path, "kwargs": kwargs, "method": deferral.method_name})
                )
                self.save()

    def _triggered(self, task: Any) -> tuple[Any, dict[str, Any]]:
        """Run the trigger that the diary holds; from its event on a worker is at it again."""
        letter = self.diary.letter or {}
        trigger = import_string(letter["path"])(**letter["kwargs"])

        async def first() -> Any:
            return await anext(trigger.run())

        event = json.loads(json.dumps(asyncio.run(first()).payload))
        self.diary.letter = None
        self.save()
        return getattr(task, letter["method"]), {"event": event}


def walk(upgrade: Upgrade) -> None:
    """The DAG's tasks in the DAG's order, the ladder only as far as the old group makes it."""
    until_it_is_empty(upgrade)
    upgrade.verify()
    _keep(upgrade)
    upgrade.delete()
    if upgrade.await_deletion() == "stuck":
        _ladder(upgrade)
    upgrade.confirm_gone()
    upgrade.verify_cluster()
    upgrade.report()
    upgrade.unlock()


def until_it_is_empty(upgrade: Upgrade) -> None:
    """The tasks until the drain."""
    plan = upgrade.plan()
    upgrade.lock()
    upgrade.addons("addons_before")
    if plan["control_plane_needed"]:
        upgrade.control_plane()
    upgrade.addons("addons_after")
    upgrade.new_group()
    _smoke_test(upgrade)
    upgrade.fence()
    upgrade.drain()


def release(upgrade: Upgrade) -> None:
    """An upgrade that stops there, and the tasks of the release behind it."""
    until_it_is_empty(upgrade)
    do, limits = upgrade.run.do, upgrade.limits
    do("release_look", EksReleaseLookOperator)
    do("release_lock", EksReleaseLockOperator)
    do("release_lift", EksReleaseLiftOperator, **limits)
    upgrade.unlock()


def go_back(upgrade: Upgrade) -> None:
    """An upgrade that stops in its bake, and the tasks of a release that brings its pods back."""
    until_it_is_empty(upgrade)
    upgrade.verify()
    _keep(upgrade)
    do, limits, back = upgrade.run.do, upgrade.limits, {"return_to_old_nodes": True}
    found = do("release_look", EksReleaseLookOperator, **back)["data"]["ways_back"]
    do("release_lock", EksReleaseLockOperator, **back)
    do("release_lift", EksReleaseLiftOperator, found_ways=found, **back, **limits)
    (way,) = found
    pair = {"nodegroup_name": way["new"], "replacement_name": way["old"]}
    ready = {**pair, "to_version": way["old_version"]}
    do(
        "await_old_nodes",
        EksNodegroupReadySensor,
        nodegroup_name=way["old"],
        desired_nodes=way["nodes"],
        to_version=way["old_version"],
        **limits,
    )
    do("fence_new", EksFenceNodegroupOperator, hands_over=False, **ready, **limits)
    do(
        "drain_new",
        EksDrainNodesOperator,
        timeout_minutes=limits["limit_minutes"],
        load_balancer_drain_seconds=LOAD_BALANCER_SECONDS,
        **ready,
    )
    do("verify_back", EksWorkloadsSensor, worse_minutes=WORSE_MINUTES, **pair, **limits)
    do(
        "delete_new",
        EksDeleteEmptiedNodegroupOperator,
        wanted=True,
        readiness_minutes=1.0,
        load_balancer_drain_seconds=LOAD_BALANCER_SECONDS,
        **ready,
    )
    do("await_new_gone", EksNodegroupDeletionSensor, **pair, **limits)
    upgrade.unlock()


def _keep(upgrade: Upgrade) -> None:
    params = upgrade.run.params
    upgrade.keep(params["keep_old_group_minutes"], params["keep_old_group_at"])


def _smoke_test(upgrade: Upgrade) -> None:
    params = upgrade.run.params
    if params["smoke_test_image"]:
        upgrade.smoke_test(params["smoke_test_image"], *params["smoke_test_command"])


def _ladder(upgrade: Upgrade) -> None:
    params = upgrade.run.params
    upgrade.diagnose()
    upgrade.unprotect(allowed=params["may_unprotect"])
    upgrade.retry_delete()
    if upgrade.await_deletion("await_retry") == "stuck":
        upgrade.delete_asg(allowed=params["may_delete_asg"])
        upgrade.retry_delete("final_delete")


def to_the_end(path: str) -> None:
    """Go on with the run whose diary is at `path`."""
    run = DiaryRun(Path(path))
    walks = {"upgrade": walk, "release": release, "return": go_back}
    walks[run.diary.walk](Upgrade(run, Path(run.diary.reports), PATIENT))
    run.diary.ended = True
    run.save()


read_models()

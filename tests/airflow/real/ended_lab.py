"""Runs that a person ends or calls a success, under real Airflow: what is done, what is seen."""

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from include.local_airflow.api import ApiProblem
from include.rehearsal.faults import UpdateEnd
from tests.airflow.real.real_lab import RealLab

PLAN, LOCK = "plan", "lock"
WAIT = "control_plane.await_update"
CHECK = "verify_cluster"
BUSY = "database is locked"
"""SQLite's words where another writes for longer than it waits.

The api-server notes in its event loop who asked for what; a task's request that has begun to write
cannot end meanwhile, and so both wait for each other until SQLite gives one of them up.
"""
WRITING = threading.Lock()
"""One person writes after another, as SQLite has it anyway."""
LOOK_SECONDS = 2.0
"""A dozen people who look oftener would keep the api-server busy; what they wait for stays."""


class EndedRun:
    """One run of a DAG on a cluster of its own."""

    def __init__(self, lab: RealLab, dag_id: str, cluster: str, **changes: Any) -> None:
        self.lab, self.dag_id, self.cluster = lab, dag_id, cluster
        conf = {"cluster_name": cluster, "region": lab.rehearsal.world.region, **changes}
        self.run_id = written(lambda: lab.airflow.trigger(dag_id, conf))
        lab.runs.append(self.run_id)
        self.path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(self.run_id, safe='')}"

    def states(self) -> dict[str, str]:
        """Of each task; of a mapped one that of its first instance."""
        found = self.lab.airflow.client.pages(f"{self.path}/taskInstances", "task_instances")
        return {each["task_id"]: str(each["state"]) for each in found if each["map_index"] < 1}

    def await_state(self, task: str, *states: str, seconds: float = 900.0) -> None:
        """Wait until one instance of the task is in one of the states."""
        path = f"{self.path}/taskInstances?task_id={task}"

        def there() -> bool:
            found = self.lab.airflow.client.pages(path, "task_instances")
            return any(each["state"] in states for each in found if each["task_id"] == task)

        until(there, seconds, lambda: str(self.states()))

    def mark(self, state: str) -> None:
        """Mark the run, as the UI does."""
        self._patch(self.path, {"state": state})

    def mark_task(self, task: str, state: str, index: int = -1) -> None:
        """Mark one task, as the UI does."""
        mapped = f"/{index}" if index >= 0 else ""
        path = f"{self.path}/taskInstances/{task}{mapped}"
        self._patch(path, {"new_state": state})

    def _patch(self, path: str, body: dict[str, str]) -> None:
        written(lambda: self.lab.airflow.api("PATCH", path, body))

    def state(self) -> str:
        """Of the run, once it has ended."""
        return str(self.lab.airflow.await_run(self.dag_id, self.run_id, 900)["state"])

    def log(self, task: str) -> str:
        """Of the last try, its lines joined: they are broken to fit a window."""
        path = f"{self.path}/taskInstances/{task}"
        number = self.lab.airflow.api("GET", path)["try_number"]
        told = self.lab.airflow.api("GET", f"{path}/logs/{number}")
        lines = (
            f"{each.get('event')} {each.get('error_detail') or ''}" for each in told["content"]
        )
        return " ".join(" ".join(lines).split())

    def report(self) -> str:
        """Its report as Markdown."""
        return self.lab.report(self.run_id)


def written(write: Callable[[], Any]) -> Any:
    """What a person does, again where SQLite was busy, and for that alone: nothing is done then."""
    for _ in range(20):
        try:
            with WRITING:
                return write()
        except ApiProblem as problem:
            if BUSY not in problem.answer:
                raise
    raise AssertionError(BUSY)


def until(happened: Callable[[], bool], seconds: float, told: Callable[[], str] = str) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, told()
        time.sleep(LOOK_SECONDS)


def pause(lab: RealLab, dag_id: str, *, paused: bool) -> None:
    """A paused DAG's runs go no further, but what is at work comes to its end."""
    lab.airflow.api("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": paused})


def stick(lab: RealLab, cluster: str, kind: str, target: str | None = None) -> None:
    """The next update of that kind never ends."""
    end = UpdateEnd(kind, "stuck", cluster=cluster, target=target)
    lab.rehearsal.world.faults.updates.append(end)

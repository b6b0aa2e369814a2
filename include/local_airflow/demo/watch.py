"""Follows one DAG run through the REST API: rows for the screen, results for the summary."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from include.local_airflow.api import AirflowApi, ApiProblem
from include.local_airflow.demo.progress import FINISHED, Key, Row, key_of, last_message, rows

FAILURE_KEY = "failure"  # where a failed step of the DAG leaves its message


@dataclass
class RunWatcher:
    """What is known of one run so far.

    Attributes:
        api: Airflow's REST API.
        path: `/api/v2/dags/<dag>/dagRuns/<run>`.
        results: return values of finished tasks that are step results, in order of their end.
        failures: messages of failed tasks.
    """

    api: AirflowApi
    path: str
    results: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    _messages: dict[Key, str] = field(default_factory=dict)
    _seen: set[tuple[Key, int, str]] = field(default_factory=set)

    @property
    def dag_id(self) -> str:
        """Of the run."""
        return self.path.split("/")[4]

    @classmethod
    def of(cls, api: AirflowApi, dag_id: str, run_id: str) -> "RunWatcher":
        """A watcher of a run."""
        return cls(api, f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}")

    def run(self) -> dict[str, Any]:
        """The run as the API answers (`state`, `start_date`, `end_date`)."""
        answer: dict[str, Any] = self.api.call("GET", self.path)
        return answer

    def look(self) -> list[Row]:
        """Read all tasks once."""
        instances = self.api.pages(f"{self.path}/taskInstances", "task_instances")
        for each in instances:
            self._learn(each)
        return rows(instances, self._messages, time.time())

    def _learn(self, instance: dict[str, Any]) -> None:
        key, state = key_of(instance), instance["state"]
        if state == "deferred":
            self._messages[key] = self._last_message(instance) or self._messages.get(key, "")
        # A task that was cleared or tried again is read anew.
        mark = (key, int(instance["try_number"]), str(state))
        if state not in FINISHED or mark in self._seen:
            return
        self._seen.add(mark)
        if state == "success" and isinstance(result := self._xcom(key, "return_value"), dict):
            self.results.append(result)
            self._messages[key] = str(result.get("text", ""))
        elif state == "failed":
            why = self._xcom(key, FAILURE_KEY) or self._last_message(instance)
            self._messages[key] = self.failures[str(instance["task_id"])] = str(why)

    def _xcom(self, key: Key, name: str) -> Any:
        task, index = key
        path = f"{self.path}/taskInstances/{task}/xcomEntries/{name}?map_index={index}"
        try:
            return self.api.call("GET", path)["value"]
        except ApiProblem as problem:
            if problem.status == 404:  # it returned nothing
                return None
            raise

    def _last_message(self, instance: dict[str, Any]) -> str:
        (task, index), number = key_of(instance), instance["try_number"]
        path = f"{self.path}/taskInstances/{task}/logs/{number}?map_index={index}"
        try:
            content = self.api.call("GET", path)["content"]
        except ApiProblem as problem:
            if problem.status == 404:  # nothing written yet
                return ""
            raise
        return last_message(content)

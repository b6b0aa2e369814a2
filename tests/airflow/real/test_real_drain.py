"""Drains under real Airflow: a person answers, a task is stopped, a triggerer is killed.

One Airflow and one rehearsal with a cluster for each test. The tests go in the order of this file.
"""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from include.eks_upgrade.drain.blocked.question import RESTART, STOP, WAIT_ON
from include.local_airflow.demo.run import airflow_environment
from include.local_airflow.launcher import LocalAirflow
from include.local_airflow.processes.child import Child
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(300)]

DAG = "drain_alone"
TASK = "drain"
SPEED = 30.0
SOLO = App("shop", "solo", 1, {"maxUnavailable": 0})
SLOW = App("shop", "slow", 10, {"maxUnavailable": 1}, start=20, ready=20, stop=20)
CLUSTERS = {"asked": (SOLO,), "stopped": (SLOW,), "killed": (SLOW,)}
EVICT = "create pods/eviction"


class Lab:
    """Airflow with one DAG that drains, and the clusters."""

    def __init__(self, airflow: LocalAirflow, rehearsal: Rehearsal) -> None:
        self.airflow, self.rehearsal = airflow, rehearsal

    def trigger(self, cluster: str, **changes: Any) -> "RealRun":
        conf = {
            "cluster_name": cluster,
            "region": self.rehearsal.world.region,
            "ignore_daemonsets": True,
            "drain_timeout_minutes": 3,
            **self._groups(cluster),
            **changes,
        }
        return RealRun(self, cluster, self.airflow.trigger(DAG, conf))

    def evictions(self, cluster: str) -> Counter[str]:
        """How often each pod's eviction was done; names of pods come once only."""
        entries = self.rehearsal.world.journal.entries(cluster=cluster, operation=EVICT)
        return Counter(entry.target for entry in entries if entry.done)

    def groups_of_pods(self, cluster: str) -> dict[str, str]:
        """The node group of each pod that a Deployment owns."""
        with self.rehearsal.clock.lock:
            store = self.rehearsal.world.clusters[cluster].store
            nodes = {n["metadata"]["name"]: n["metadata"]["labels"] for n in store.list("nodes")}
            return {
                pod["metadata"]["name"]: nodes[pod["spec"]["nodeName"]][
                    "eks.amazonaws.com/nodegroup"
                ]
                for pod in store.list("pods")
                if pod["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"
                and pod["spec"].get("nodeName")
            }

    def _groups(self, cluster: str) -> dict[str, Any]:
        """Drain the group in which the first pod is."""
        old = next(iter(self.groups_of_pods(cluster).values()))
        new = {"left": "right", "right": "left"}[old]
        return {"nodegroup_name": old, "replacement_name": new}


class RealRun:
    """One run of the DAG."""

    def __init__(self, lab: Lab, cluster: str, run_id: str) -> None:
        self.lab, self.cluster, self.run_id = lab, cluster, run_id
        self.path = f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id, safe='')}"
        self.task = f"{self.path}/taskInstances/{TASK}"

    def state(self) -> str:
        return str(self.lab.airflow.api("GET", self.task)["state"])

    def await_state(self, state: str, seconds: float = 60.0) -> None:
        until(lambda: self.state() == state, seconds, lambda: f"{self.state()}: {self.log()}")

    def question(self) -> dict[str, Any]:
        found: dict[str, Any] = self.lab.airflow.api("GET", f"{self.task}/-1/hitlDetails")
        return found

    def answer(self, option: str) -> None:
        # Nobody answers at once: Airflow 3.3 fails a task that goes on before the process that
        # put the question is known to have ended.
        time.sleep(4)
        body = {"chosen_options": [option], "params_input": {}}
        self.lab.airflow.api("PATCH", f"{self.task}/-1/hitlDetails", body)

    def mark(self, state: str) -> None:
        self.lab.airflow.api("PATCH", self.task, {"new_state": state})

    def clear(self) -> None:
        body = {
            "dry_run": False, "dag_run_id": self.run_id, "task_ids": [TASK], "only_failed": False,
            "reset_dag_runs": True,
        }  # fmt: skip
        self.lab.airflow.api("POST", f"/api/v2/dags/{DAG}/clearTaskInstances", body)

    def xcom(self, key: str = "return_value") -> Any:
        return self.lab.airflow.api("GET", f"{self.task}/xcomEntries/{key}")["value"]

    def log(self) -> str:
        """Of the last try."""
        number = self.lab.airflow.api("GET", self.task)["try_number"]
        told = self.lab.airflow.api("GET", f"{self.task}/logs/{number}")
        return f"try {number}\n" + "\n".join(
            f"{line.get('event')} {line.get('error_detail') or ''}" for line in told["content"]
        )


def until(
    happened: Callable[[], bool], seconds: float = 60.0, told: Callable[[], str] = str
) -> None:
    """Wait until it is true."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, told()
        time.sleep(0.2)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("airflow")
    with Rehearsal(SPEED) as rehearsal:
        for name, apps in CLUSTERS.items():
            manifests = tuple(one for app in apps for one in deployment(app))
            options = PlainOptions(groups=("left", "right"), addons={}, manifests=manifests)
            plain(rehearsal.world, name, "1.33", 2, options)
        given = airflow_environment(rehearsal.environment)
        # A triggerer that died is known to be dead after so long, by default half a minute.
        given["AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD"] = "10"
        dags = Path(__file__).parent / "dags"
        with LocalAirflow(home, dags, extra_env=given) as airflow:
            airflow.await_dag(DAG)
            yield Lab(airflow, rehearsal)


def test_a_person_is_asked_in_the_task_itself_and_it_goes_on_accordingly(lab: Lab) -> None:
    run = lab.trigger("asked", when_never_allowed="ask")
    run.await_state("awaiting_input")
    question = run.question()
    (pod,) = lab.groups_of_pods("asked")
    assert question["options"] == [WAIT_ON, RESTART, STOP]
    assert f"| shop/{pod} |" in question["body"]

    run.answer(WAIT_ON)
    until(lambda: run.question()["responded_at"] is None, 60, run.log)
    run.await_state("awaiting_input")
    run.answer(RESTART)

    run.await_state("success")
    result = run.xcom()
    answers = [(each["option"], each["who"]) for each in result["data"]["answers"]]
    assert answers == [(WAIT_ON, "admin"), (RESTART, "admin")]
    assert result["data"]["pods"][0]["pod"] == f"shop/{pod}"
    assert pod not in lab.groups_of_pods("asked")
    assert lab.evictions("asked") == {}
    assert f"admin answered '{RESTART}'" in run.log()


def test_a_task_that_is_failed_stops_within_seconds_and_one_that_is_cleared_finishes(
    lab: Lab,
) -> None:
    run = lab.trigger("stopped")
    until(lambda: lab.evictions("stopped").total() >= 1, 60, run.log)

    run.mark("failed")

    time.sleep(5)
    so_far = lab.evictions("stopped").total()
    time.sleep(5)
    assert lab.evictions("stopped").total() == so_far
    run.clear()
    run.await_state("success", 90)
    assert set(lab.evictions("stopped").values()) == {1}
    assert lab.evictions("stopped").total() > so_far
    assert len(set(lab.groups_of_pods("stopped").values())) == 1


def test_a_triggerer_that_is_killed_and_started_again_goes_on_and_evicts_no_pod_twice(
    lab: Lab,
) -> None:
    run = lab.trigger("killed")
    until(lambda: lab.evictions("killed").total() >= 1, 60, run.log)

    kill_triggerer(lab.airflow)

    so_far = lab.evictions("killed").total()
    run.await_state("success", 90)
    assert set(lab.evictions("killed").values()) == {1}
    assert lab.evictions("killed").total() > so_far
    assert len(set(lab.groups_of_pods("killed").values())) == 1


def kill_triggerer(airflow: LocalAirflow) -> None:
    """SIGKILL all its processes, and start another one."""
    (old,) = (child for child in airflow.children if "triggerer" in child.program.name)
    for process in psutil.Process(old.record.pid).children(recursive=True):
        process.send_signal(signal.SIGKILL)
    old.wait()
    airflow.children.remove(old)
    airflow.children.append(Child(old.program))

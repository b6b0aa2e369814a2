"""Retries by class, a run that stops at its drain, and the undo after it, under real Airflow."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from real_lab import CAREFUL, RealLab, Task, real_lab

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]

UNDO = "eks_upgrade_undo"
GROUP = "node_group."


@dataclass(frozen=True)
class Stopped:
    """A run that was refused at the drain of one node group, after an answer of AWS was cut off."""

    run_id: str
    state: str
    tries: dict[Task, int]
    group: str
    index: int
    world: dict[str, Any]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with real_lab(tmp_path_factory.mktemp("airflow")) as made:
        made.airflow.await_dag(UNDO)
        yield made


@pytest.fixture(scope="module")
def stopped(lab: RealLab):
    """`shop/cache` has an emptyDir, and the run does not allow to lose it."""
    lab.rehearsal.world.faults.add("truncated", "ListNodegroups", cluster=CAREFUL, times=1)
    run_id = lab.trigger(cluster_name=CAREFUL, target_version="1.26", delete_emptydir_data=False)
    state = lab.ended(run_id)
    found = lab.instances(run_id)
    (failed,) = [
        t for t, s in lab.states(run_id).items() if t[0].endswith("drain_blue") and s == "failed"
    ]
    plan = lab.xcom(run_id, ("plan", -1))
    group = plan["node_groups"][failed[1]]["blue"]
    tries = {task: int(each["try_number"]) for task, each in found.items()}
    return Stopped(run_id, state, tries, group, failed[1], lab.world(CAREFUL))


def test_an_answer_that_was_cut_off_costs_a_retry_and_a_refusal_costs_none(stopped):
    assert stopped.state == "failed"
    assert stopped.tries["plan", -1] == 2
    drains = {task: n for task, n in stopped.tries.items() if task[0].endswith("drain_blue")}
    assert set(drains.values()) == {1}


def test_the_stop_leaves_the_pods_running_and_says_how_to_go_on_and_back(lab, stopped):
    assert any(name == "shop/cache" for name in lab.workloads(CAREFUL))
    report = lab.report(stopped.run_id)
    assert "## What to do now" in report
    assert "`delete_emptydir_data` on" in report
    assert f"Pods that are still on `{stopped.group}` go on running there" in report
    assert UNDO in report


def test_the_log_of_the_task_that_stopped_the_run_says_the_same(lab, stopped):
    task, index = f"{GROUP}drain_blue", stopped.index
    path = f"/api/v2/dags/eks_upgrade/dagRuns/{quote(stopped.run_id, safe='')}/taskInstances"
    log = json.dumps(lab.airflow.api("GET", f"{path}/{task}/logs/1?map_index={index}"))
    assert "What to do now: " in log
    assert "Safe right now: " in log
    assert f"Pods that are still on `{stopped.group}` go on running there" in log


def test_the_undo_gives_the_old_group_back_as_it_was(lab, stopped):
    before = stopped.world["node_groups"][stopped.group]
    assert before[2]
    run_id = lab.airflow.trigger(UNDO, {"cluster_name": CAREFUL, "poll_seconds": 1})
    assert lab.airflow.await_run(UNDO, run_id, 200)["state"] == "success"
    after = lab.world(CAREFUL)
    status, sizes, taints = after["node_groups"][stopped.group]
    assert (status, taints) == ("ACTIVE", [])
    assert sizes["maxSize"] >= before[1]["maxSize"]
    assert not [name for name, _, cordoned in after["nodes"] if cordoned]
    assert lab.locks(CAREFUL) == []
    assert after["pods"] == stopped.world["pods"]

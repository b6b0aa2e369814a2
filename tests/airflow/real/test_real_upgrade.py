"""The upgrade and the release under real Airflow: scheduler, triggerer, workers, REST API.

Only AWS is simulated. The tests share one Airflow, one finished run and one that stopped, and go in
the order of this file.
"""

import base64
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from include.rehearsal.credentials import ACCESS_KEY, SECRET_KEY
from tests.airflow.real.real_lab import CAREFUL, RealLab, Task, real_lab
from tests.airflow.secret_search import secrets_below

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

GROUP = "node_group."
RECOVERY = "node_group.recovery."
RELEASE = "eks_upgrade_release"
# What acts is cleared alone; of what only looks, tasks that stand apart are cleared together.
# From the end to the beginning, so that each finds before it what the finished run left: a rung
# of the recovery skips itself now, and a plan made after the upgrade has nothing to map over.
CLEARED = (
    ("unlock",),
    (f"{RECOVERY}final_delete",),
    (f"{RECOVERY}delete_asg",),
    ("report", f"{GROUP}confirm_gone", f"{RECOVERY}await_retry"),
    (f"{RECOVERY}retry_delete",),
    (f"{RECOVERY}unprotect",),
    (
        "verdict",
        "verify_cluster",
        f"{RECOVERY}diagnose",
        f"{GROUP}await_deletion",
        f"{GROUP}verify_workloads",
        f"{GROUP}await_ready",
        f"{GROUP}look_up_ami",
        f"{GROUP}await_turn",
        "control_plane.await_update",
    ),
    ("next_hop", "bake_hop"),
    (f"{GROUP}delete_old",),
    (f"{GROUP}keep_old",),
    (f"{GROUP}drain_old",),
    (f"{GROUP}fence_old",),
    (f"{GROUP}smoke_test",),
    (f"{GROUP}create_new_group",),
    (f"{GROUP}prepare_launch_template",),
    ("update_addons_after",),
    ("control_plane.start_update",),
    ("update_addons_before",),
    ("list_node_groups", "list_addons_after", "list_addons_before"),
    ("lock",),
    ("plan",),
)


@dataclass(frozen=True)
class Upgraded:
    """The run that upgraded the cluster, the one that was refused, and what they left."""

    run_id: str
    state: str
    pods_before: Counter[str]
    pods_after: Counter[str]
    states: dict[Task, str]
    world: dict[str, Any]
    refused_run: str
    refused_world: dict[str, Any]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with real_lab(tmp_path_factory.mktemp("airflow")) as made:
        made.airflow.await_dag(RELEASE)
        yield made


@pytest.fixture(scope="module")
def upgraded(lab: RealLab):
    """One run with the demo's parameters; beside it one on another cluster that is refused.

    `shop/cache` comes there after the plan, which would have refused it: it has an emptyDir, and
    the run may not lose it. To its plan an answer of AWS is cut off.
    """
    before = lab.workloads()
    lab.rehearsal.world.faults.add("truncated", "ListNodegroups", cluster=CAREFUL, times=1)
    run_id = lab.trigger()
    refused = lab.trigger(
        cluster_name=CAREFUL,
        # The group without that pod goes first: a canary that fails would hold the other back.
        canary_group="left",
        delete_emptydir_data=False,
        ami_source="eks_optimized",
        ami_name_pattern="",
    )
    lab.await_task(refused, ("plan", -1))
    lab.bring_cache(CAREFUL)
    state = lab.ended(run_id)
    lab.ended(refused)
    pods = before, lab.workloads()
    left = lab.states(run_id), lab.world(), refused, lab.world(CAREFUL)
    return Upgraded(run_id, state, *pods, *left)


def test_a_run_moves_the_cluster_with_all_pods_to_the_new_minor(lab, upgraded):
    world = upgraded.world

    assert upgraded.state == "success", failures(lab, upgraded.run_id)
    assert world["cluster"] == ("1.26", "ACTIVE")
    assert {name: it[0] for name, it in world["node_groups"].items()} == {"workers-k126": "ACTIVE"}
    assert {version[:5] for _, version, _ in world["nodes"]} == {"v1.26"}
    assert not [name for name, _, cordoned in world["nodes"] if cordoned]
    assert {pod[3] for pod in world["pods"]} == {"Running"}
    assert {pod[2] for pod in world["pods"]} == {node[0] for node in world["nodes"]}
    # The pod without a controller is lost, as --force says; everything else is there again.
    assert upgraded.pods_before - upgraded.pods_after == Counter(["ops/debug-shell"])
    assert lab.locks() == []


def test_a_protected_old_group_is_recovered_and_the_last_rung_is_not_needed(upgraded):
    def state(name):
        return upgraded.states[f"{RECOVERY}{name}", 0]

    climbed = ("diagnose", "unprotect", "retry_delete", "await_retry")
    assert [state(name) for name in climbed] == ["success"] * 4
    assert [state(name) for name in ("delete_asg", "final_delete")] == ["skipped"] * 2
    assert upgraded.states[f"{GROUP}confirm_gone", 0] == "success"


def test_the_recovery_is_skipped_as_a_whole_where_the_old_group_goes_by_itself(lab, upgraded):
    states = lab.states(upgraded.refused_run)
    (index,) = [i for i in (0, 1) if states[f"{GROUP}drain_old", i] == "success"]
    rungs = {task: state for task, state in states.items() if task[0].startswith(RECOVERY)}

    assert {state for task, state in rungs.items() if task[1] == index} == {"skipped"}
    assert states[f"{GROUP}confirm_gone", index] == "success"


def test_the_report_names_what_stood_in_the_way(lab, upgraded):
    text = lab.report(upgraded.run_id)

    assert "1.25" in text
    assert "1.26" in text
    assert "protect" in text.lower()
    assert "bstacle" in text


def test_a_drain_that_the_options_do_not_allow_fails_the_run_though_its_report_succeeds(
    lab, upgraded
):
    run_id = upgraded.refused_run
    states = lab.states(run_id)
    drains = {index: states[f"{GROUP}drain_old", index] for index in (0, 1)}

    assert sorted(drains.values()) == ["failed", "success"], failures(lab, run_id)
    assert states["report", -1] == "success"
    assert states["unlock", -1] == "success"
    assert states["verdict", -1] == "failed"
    assert lab.ended(run_id) == "failed"
    # Refused once and for all: no second try, and the pod is where it was.
    refused = next(index for index, state in drains.items() if state == "failed")
    task = f"{GROUP}drain_old", refused
    assert lab.instances(run_id)[task]["try_number"] == 1
    assert "delete_emptydir_data" in lab.xcom(run_id, task, "failure")
    assert "delete_emptydir_data" in lab.report(run_id)
    cordoned = [name for name, _, unschedulable in lab.world(CAREFUL)["nodes"] if unschedulable]
    cache = next(pod for pod in lab.world(CAREFUL)["pods"] if pod[0].startswith("shop/cache"))
    assert [cache[2]] == cordoned


def test_the_end_waits_for_the_node_groups_that_go_on_when_another_has_failed(lab, upgraded):
    run_id = upgraded.refused_run
    instances = lab.instances(run_id)
    gone = [instances[f"{GROUP}confirm_gone", index] for index in (0, 1)]

    assert sorted(each["state"] for each in gone) == ["success", "upstream_failed"]
    ended = max(each["end_date"] for each in gone)
    assert instances["report", -1]["start_date"] > ended
    assert instances["unlock", -1]["start_date"] > ended
    assert len(lab.world(CAREFUL)["node_groups"]) == 3
    assert lab.locks(CAREFUL) == []


def test_an_answer_that_was_cut_off_costs_a_retry_and_a_refusal_costs_none(lab, upgraded):
    found = lab.instances(upgraded.refused_run)
    tries = {task: int(each["try_number"]) for task, each in found.items()}

    assert tries["plan", -1] == 2
    assert {n for task, n in tries.items() if task[0] == f"{GROUP}drain_old"} == {1}


def test_a_stop_leaves_the_pods_running_and_says_how_to_go_on_and_back(lab, upgraded):
    group, _ = stopped_at(lab, upgraded)
    report = lab.report(upgraded.refused_run)

    assert any(name == "shop/cache" for name in lab.workloads(CAREFUL))
    assert "## What to do now" in report
    assert "`delete_emptydir_data` on" in report
    assert f"Pods that are still on `{group}` go on running there" in report
    assert RELEASE in report


def test_the_log_of_the_task_that_stopped_the_run_says_the_same(lab, upgraded):
    group, index = stopped_at(lab, upgraded)
    run = f"/api/v2/dags/eks_upgrade/dagRuns/{quote(upgraded.refused_run, safe='')}"
    path = f"{run}/taskInstances/{GROUP}drain_old/logs/1?map_index={index}"
    events = [each["event"] for each in lab.airflow.api("GET", path)["content"]]
    log = " ".join(" ".join(events).split())  # lines are broken to fit a window

    assert "What to do now: " in log
    assert "Safe right now: " in log
    assert f"Pods that are still on `{group}` go on running there" in log


def test_the_release_gives_the_old_group_back_as_it_was(lab, upgraded):
    group, _ = stopped_at(lab, upgraded)
    _, sizes_before, taints_before = upgraded.refused_world["node_groups"][group]
    assert taints_before

    run_id = lab.airflow.trigger(RELEASE, {"cluster_name": CAREFUL, "poll_seconds": 1})
    lab.runs.append(run_id)

    assert lab.airflow.await_run(RELEASE, run_id, 200)["state"] == "success"
    after = lab.world(CAREFUL)
    status, sizes, taints = after["node_groups"][group]
    assert (status, taints) == ("ACTIVE", [])
    assert sizes["maxSize"] >= sizes_before["maxSize"]
    assert not [name for name, _, cordoned in after["nodes"] if cordoned]
    assert lab.locks(CAREFUL) == []
    assert after["pods"] == upgraded.refused_world["pods"]


def stopped_at(lab: RealLab, upgraded: Upgraded) -> tuple[str, int]:
    """The node group whose drain was refused, and the map index of its tasks."""
    states = lab.states(upgraded.refused_run)
    (index,) = [i for i in (0, 1) if states[f"{GROUP}drain_old", i] == "failed"]
    plan = lab.xcom(upgraded.refused_run, ("plan", -1))
    return plan["node_groups"][index]["name"], index


def test_every_task_is_cleared_in_these_tests(upgraded):
    assert {task for task, _ in upgraded.states} == {name for names in CLEARED for name in names}


@pytest.mark.parametrize("names", CLEARED, ids=", ".join)
def test_clearing_a_task_of_a_finished_run_changes_nothing(lab, upgraded, names):
    tasks = [min(each for each in upgraded.states if each[0] == name) for name in names]
    before = lab.instances(upgraded.run_id)

    lab.clear(upgraded.run_id, tasks)

    assert lab.ended(upgraded.run_id) == "success", failures(lab, upgraded.run_id)
    after = lab.instances(upgraded.run_id)
    # A rung that is skipped again has no start.
    ran = [task for task in tasks if before[task]["state"] == "success"]
    assert [task for task in ran if after[task]["end_date"] == before[task]["end_date"]] == []
    assert lab.world() == upgraded.world
    assert lab.locks() == []


def test_the_whole_run_again_changes_nothing(lab, upgraded):
    lab.clear(upgraded.run_id, [("plan", -1)], downstream=True)

    assert lab.ended(upgraded.run_id) == "success", failures(lab, upgraded.run_id)
    assert lab.world() == upgraded.world
    assert lab.locks() == []


def test_a_second_run_succeeds_and_a_run_to_an_older_minor_is_refused_and_neither_changes_anything(
    lab, upgraded
):
    second, older = lab.trigger(), lab.trigger(target_version="1.25")

    assert lab.ended(second) == "success", failures(lab, second)
    changed = [task for task, result in lab.results(second).items() if result["changed"]]
    assert {name for name, _ in changed} <= {"lock", "unlock"}
    assert lab.ended(older) == "failed"
    states = lab.states(older)
    assert (states["plan", -1], states["report", -1]) == ("failed", "success")
    assert states["lock", -1] == "upstream_failed"
    assert "refused" in lab.report(older).lower()
    assert "1.25" in lab.xcom(older, ("plan", -1), "failure")
    assert lab.world() == upgraded.world
    assert lab.locks() == []


def test_no_token_key_or_user_data_is_in_anything_that_airflow_keeps(lab, upgraded):
    home = lab.airflow.places.home
    script = "#!/bin/bash\nset -o errexit\n"
    known = {
        "access key": [ACCESS_KEY],
        "secret key": [SECRET_KEY],
        "user data": [script, base64.b64encode(script.encode()).decode(), "/etc/eks/bootstrap.sh"],
    }

    # Its home holds the logs of all tasks, and the database with XComs, triggers, rendered fields.
    assert secrets_below(home, known) == []
    kept = {path.suffix for path in home.rglob("*") if b"workers-k126" in read(path)}
    assert {".db", ".log"} <= kept


def read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def test_no_process_is_left_when_airflow_is_stopped(lab, upgraded):
    family = psutil.Process(os.getpid()).children(recursive=True)
    assert len(family) >= 4

    lab.airflow.stop()

    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []


def failures(lab: RealLab, run_id: str) -> dict[str, Any]:
    """Why tasks of a run failed, for the message of a failed test."""
    states = lab.states(run_id)
    return {
        f"{task[0]}[{task[1]}] {state}": lab.xcom(run_id, task, "failure")
        for task, state in states.items()
        if state not in ("success", "skipped")
    }

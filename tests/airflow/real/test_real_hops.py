"""Three minors under real Airflow, a run killed in the middle: the nodes are rolled once."""

import time
from typing import Any

import pytest

from include.local_airflow.demo.run import DAG
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from include.rehearsal.world import World
from tests.airflow.real.real_lab import RealLab, real_lab

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1500)]

CLUSTER = "long"
BAKE_MINUTES = 0.02


def build(world: World) -> None:
    manifests = tuple(deployment(App("shop", "web", 3, {"maxUnavailable": 1})))
    options = PlainOptions(addons={"kube-proxy": None}, manifests=manifests)
    plain(world, CLUSTER, "1.30", 2, options)


@pytest.fixture(scope="module", name="lab")
def _lab(tmp_path_factory):
    with real_lab(tmp_path_factory.mktemp("airflow"), build) as made:
        yield made


def trigger(lab: RealLab) -> str:
    return lab.trigger(
        cluster_name=CLUSTER,
        target_version="1.33",
        hop_bake_minutes=BAKE_MINUTES,
        ami_source="eks_optimized",
        ami_name_pattern="",
    )


def next_run(lab: RealLab, run_id: str) -> str:
    left = lab.xcom(run_id, ("next_hop", -1), "next_run")
    lab.runs.append(str(left["run_id"]))  # so that its report is taken away at the end
    return lab.runs[-1]


def note(lab: RealLab, run_id: str) -> str:
    return str(lab.airflow.api("GET", f"/api/v2/dags/{DAG}/dagRuns/{run_id}").get("note") or "")


def planned(lab: RealLab, run_id: str) -> dict[str, Any]:
    plan: dict[str, Any] = lab.xcom(run_id, ("plan", -1))
    return plan


def to_the_end(lab: RealLab, run_id: str) -> list[str]:
    """The run and all that go on after it, each seen to end well."""
    runs = [run_id]
    while True:
        assert lab.ended(runs[-1]) == "success"
        if not lab.xcom(runs[-1], ("next_hop", -1), "next_run") or len(runs) == 6:
            return runs
        runs.append(next_run(lab, runs[-1]))


def await_running(lab: RealLab, run_id: str, task: tuple[str, int], seconds: float = 300) -> None:
    """Wait until a task is at work, or waits in the triggerer."""
    until = time.monotonic() + seconds
    while lab.states(run_id).get(task) not in {"running", "deferred"}:
        assert time.monotonic() < until, lab.states(run_id)
        time.sleep(0.1)


def end(lab: RealLab, run_id: str) -> None:
    """As a person does who marks a run as failed."""
    body = {"state": "failed"}
    lab.airflow.api("PATCH", f"/api/v2/dags/{DAG}/dagRuns/{run_id}?update_mask=state", body)


def test_a_chain_that_is_killed_in_the_middle_and_triggered_again_rolls_the_nodes_once(lab) -> None:
    first = trigger(lab)
    assert lab.ended(first) == "success"
    plan = planned(lab, first)
    assert (plan["to_version"], plan["final_version"]) == ("1.31", "1.33")
    assert [hop["rolled"] for hop in plan["hops"]] == [[], [], ["workers"]]
    assert lab.states(first)["bake_hop", -1] == "success"

    second = next_run(lab, first)
    assert first in note(lab, second)
    await_running(lab, second, ("control_plane.await_update", -1))
    end(lab, second)
    assert lab.ended(second) == "failed"
    assert lab.states(second).get(("next_hop", -1)) != "success"

    # EKS goes on with the control plane meanwhile: the run adopts that, or finds it done.
    chain = to_the_end(lab, trigger(lab))

    replaced = [step["name"] for run in chain for step in planned(lab, run)["node_groups"]]
    assert replaced == ["workers"], "one roll"
    assert planned(lab, chain[-1])["to_version"] == "1.33"
    world = lab.world(CLUSTER)
    assert world["cluster"] == ("1.33", "ACTIVE")
    assert set(world["node_groups"]) == {"workers-k133"}
    minors = {version.split("-")[0].rpartition(".")[0] for _, version, _ in world["nodes"]}
    assert minors == {"v1.33"}
    assert lab.locks(CLUSTER) == []
    states = lab.states(chain[-1])
    assert states["next_hop", -1] == states["bake_hop", -1] == "skipped"


def test_the_reports_tell_of_nodes_that_stay_and_of_the_run_that_goes_on(lab) -> None:
    first = lab.runs[0]
    told = "the next run goes to 1.32. Nodes of node group workers stay as they are until 1.33."
    assert told in lab.report(first)


def test_where_eks_refuses_because_groups_trail_the_rest_of_the_run_is_left_to_the_next(
    lab,
) -> None:
    plain(lab.rehearsal.world, "strict", "1.30", 1, PlainOptions(addons={"kube-proxy": None}))
    first = lab.trigger(
        cluster_name="strict",
        target_version="1.32",
        ami_source="eks_optimized",
        ami_name_pattern="",
    )
    lab.await_task(first, ("verify_cluster", -1), 300)
    lab.rehearsal.world.faults.nodegroup_skew = 1
    runs = to_the_end(lab, first)
    lab.rehearsal.world.faults.nodegroup_skew = 3
    moves = [run.split("__")[-2] for run in runs[1:]]
    assert moves == ["1.31-to-1.32", "1.31-to-1.31", "1.31-to-1.32"]
    refused = lab.states(runs[1])
    assert refused["control_plane.start_update", -1] == "success"
    gone_on = {task: state for (task, _), state in refused.items() if state != "success"}
    assert set(gone_on.values()) == {"skipped"}
    assert {"update_addons_after", "verify_cluster", "bake_hop"} <= set(gone_on)
    world = lab.world("strict")
    assert world["cluster"] == ("1.32", "ACTIVE")
    assert set(world["node_groups"]) == {"workers-k132"}

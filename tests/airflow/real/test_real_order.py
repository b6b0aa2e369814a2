"""Node groups one after the other, under real Airflow.

On one cluster four groups are replaced; on another the canary is stopped, put right, and gone on
with. The tests share the two runs, and go in the order of this file.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest

from include.rehearsal.aws import interference
from include.rehearsal.faults import GroupEnd
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from include.rehearsal.world import World
from tests.airflow.real.real_lab import RealLab, real_lab

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

CALM, ROUGH = "calm", "rough"
GROUPS = {CALM: ("alpha", "beta", "gamma", "delta"), ROUGH: ("north", "south", "west")}
# Written out, so that the order is known: it is not that of the names.
ORDER = {CALM: ["gamma", "alpha", "delta", "beta"], ROUGH: ["south", "west", "north"]}
TURN, FIRST, LAST = (f"node_group.{name}" for name in ("await_turn", "look_up_ami", "confirm_gone"))
STOPPED_AT = "node_group.await_ready", 0


@dataclass(frozen=True)
class Runs:
    calm: str
    rough: str
    rough_world: dict[str, Any]


def build(world: World) -> None:
    manifests = tuple(deployment(App("shop", "web", 3, {"maxUnavailable": 1})))
    for cluster, groups in GROUPS.items():
        options = PlainOptions(groups=groups, addons={}, manifests=manifests)
        plain(world, cluster, "1.25", 1, options)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with real_lab(tmp_path_factory.mktemp("airflow"), build) as made:
        yield made


@pytest.fixture(scope="module")
def runs(lab: RealLab) -> Runs:
    end = GroupEnd("NodeCreationFailure", "", "south-k126", ROUGH)
    lab.rehearsal.world.faults.groups.append(end)
    calm, rough = (
        lab.trigger(
            cluster_name=cluster,
            node_groups=ORDER[cluster],
            ami_source="eks_optimized",
            ami_name_pattern="",
        )
        for cluster in (CALM, ROUGH)
    )
    assert lab.ended(rough) == "failed"
    world = lab.world(ROUGH)
    assert lab.ended(calm) == "success"
    return Runs(calm, rough, world)


def spans(lab: RealLab, run_id: str) -> list[tuple[str, str]]:
    """Of each group in the order of the plan: when its first task began and its last ended."""
    found = lab.instances(run_id)
    groups = range(sum(task == LAST for task, _ in found))
    return [(found[FIRST, index]["start_date"], found[LAST, index]["end_date"]) for index in groups]


def test_the_plan_shows_the_order(lab, runs) -> None:
    plan = lab.xcom(runs.calm, ("plan", -1))
    assert [step["name"] for step in plan["node_groups"]] == (ORDER[CALM])
    line = "1. gamma, the canary, by itself; 2. 2 at a time: alpha, delta, beta"
    assert any(line in each for each in plan["summary"])


def test_the_canary_is_replaced_before_any_other_group_is_begun(lab, runs) -> None:
    canary, *others = spans(lab, runs.calm)
    assert all(began > canary[1] for began, _ in others)


def test_then_two_are_replaced_at_a_time_and_never_three(lab, runs) -> None:
    _, *others = spans(lab, runs.calm)
    beside = [
        pair
        for pair in combinations(range(len(others)), 2)
        if others[pair[0]][0] < others[pair[1]][1] and others[pair[1]][0] < others[pair[0]][1]
    ]
    assert (0, 1) in beside
    third = others[2][0]
    # One, or none: on a busy machine the second has ended before the third saw that the first had.
    assert sum(began < third < ended for began, ended in others[:2]) <= 1


def test_the_report_of_a_finished_run_has_the_order_in_a_section_of_its_own(lab, runs) -> None:
    _, section = lab.report(runs.calm).split("## Order of the node groups\n\n")
    rows = [line.split(" | ") for line in section.split("\n\n")[0].splitlines()[2:]]
    assert [row[1:4] for row in rows] == [
        [ORDER[CALM][0], "the canary, by itself", "done"],
        *([name, "then 2 at a time", "done"] for name in ORDER[CALM][1:]),
    ]


def test_a_group_that_waits_holds_no_worker(lab, runs) -> None:
    waited = lab.instances(runs.calm)[TURN, 3]
    # Resumed by its trigger, it is still its first try.
    assert waited["try_number"] == 1
    assert waited["state"] == "success"


def test_a_canary_that_is_stopped_lets_no_other_group_begin(lab, runs) -> None:
    states = lab.states(runs.rough)
    assert states[STOPPED_AT] == "failed"
    assert [states[TURN, index] for index in range(3)] == ["success", "failed", "failed"]
    assert {states[FIRST, index] for index in (1, 2)} == {"upstream_failed"}
    told = lab.xcom(runs.rough, (TURN, 2), "failure")
    assert "node group 'north' is not begun: 'south', the canary, was to be replaced" in told
    groups = runs.rough_world["node_groups"]
    assert set(groups) == {*GROUPS[ROUGH], "south-k126"}
    assert {status for status, _, taints in groups.values() if not taints} >= {"ACTIVE"}
    assert not [name for name, _, cordoned in runs.rough_world["nodes"] if cordoned]


def test_the_report_names_the_canary_alone_and_how_to_go_on_with_all(lab, runs) -> None:
    text = lab.report(runs.rough)
    assert ": stopped at the new node group for " in text
    assert "Why it stopped: New node group for " in text
    assert text.count("Why it stopped") == 1
    assert "after that clear `node_group.await_turn` [west, north]" in text


def test_what_was_held_back_goes_on_when_the_canary_was_put_right(lab, runs) -> None:
    lab.rehearsal.world.faults.groups.clear()
    interference.delete_node_group(lab.rehearsal.world, ROUGH, "south-k126")
    while "south-k126" in lab.world(ROUGH)["node_groups"]:
        pass

    lab.clear(runs.rough, [("node_group.create_new_group", 0)], downstream=True)
    lab.clear(runs.rough, [(TURN, 1), (TURN, 2)], downstream=True)

    assert lab.ended(runs.rough) == "success"
    assert set(lab.world(ROUGH)["node_groups"]) == {f"{name}-k126" for name in GROUPS[ROUGH]}
    canary, *others = spans(lab, runs.rough)
    assert all(began > canary[1] for began, _ in others)


def test_the_turn_of_a_finished_run_comes_at_once_when_it_is_cleared(lab, runs) -> None:
    before, world = lab.instances(runs.calm), lab.world(CALM)
    # The last and the first: neither waits for the other.
    lab.clear(runs.calm, [(TURN, 3), (TURN, 0)])

    assert lab.ended(runs.calm) == "success"
    after = lab.instances(runs.calm)
    assert after[TURN, 3]["end_date"] > before[TURN, 3]["end_date"]
    assert after[TURN, 0]["end_date"] > before[TURN, 0]["end_date"]
    assert lab.world(CALM) == world


def test_one_group_of_a_finished_run_can_be_done_again_by_itself(lab, runs) -> None:
    world = lab.world(CALM)
    mine = [task for task in lab.instances(runs.calm) if task[1] == 1 and "node_group." in task[0]]
    lab.clear(runs.calm, mine)

    assert lab.ended(runs.calm) == "success"
    assert lab.world(CALM) == world


def test_the_whole_run_again_has_no_group_left_and_waits_for_none(lab, runs) -> None:
    world = lab.world(CALM)
    lab.clear(runs.calm, [("plan", -1)], downstream=True)

    assert lab.ended(runs.calm) == "success"
    assert lab.world(CALM) == world
    assert lab.locks(CALM) == []

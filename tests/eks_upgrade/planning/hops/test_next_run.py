"""The run that goes on after a hop: which one it is, and with which parameters."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from include.eks_upgrade.planning.hops.next_run import NextRun, next_run
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan

WHEN = datetime(2026, 11, 26, 3, 12, tzinfo=UTC)
PLAN = Plan(
    cluster="shop",
    region="eu-west-1",
    from_version="1.30",
    to_version="1.31",
    control_plane_needed=True,
    final_version="1.33",
    account="111122223333",
)
ROLLED = replace(
    PLAN,
    node_groups=(
        NodeGroupStep(
            name="workers", replacement="workers-k131", from_version="1.30", to_version="1.31"
        ),
    ),
)
FIRST = "upgrade__111122223333-eu-west-1__shop__1.30-to-1.31__20261126T031200Z"


def after(plan=PLAN, given=None, run_id="manual__x", *, nodes_first=False):
    return next_run(plan, given or {}, run_id=run_id, moment=WHEN, nodes_first=nodes_first)


def test_the_next_hop_has_the_same_parameters_and_the_final_target():
    found = after(given={"cluster_name": "shop", "extra_nodes": 1, "target_version": "1.33"})

    assert found.conf == {"cluster_name": "shop", "extra_nodes": 1, "target_version": "1.33"}
    assert (found.from_version, found.to_version, found.final_version) == ("1.31", "1.32", "1.33")
    assert found.run_id == FIRST.replace("1.30-to-1.31", "1.31-to-1.32")


def test_an_empty_target_is_named_from_the_second_run_on():
    assert after(replace(PLAN, final_version="1.32")).conf == {"target_version": "1.32"}


ENDS = {
    "the target is reached": replace(PLAN, final_version="1.31"),
    "another release made the plan": replace(PLAN, final_version=""),
}


@pytest.mark.parametrize("plan", ENDS.values(), ids=ENDS)
def test_the_way_ends(plan):
    assert after(plan) is None


def test_the_same_run_has_the_same_next_run_however_often_it_is_asked_for():
    assert after(run_id=FIRST) == after(run_id=FIRST)


def test_groups_that_were_replaced_are_named_anew():
    given = {"node_groups": [" workers ", "gpu"], "canary_group": "workers"}

    assert after(ROLLED, given).conf == {
        "node_groups": ["workers-k131", "gpu"],
        "canary_group": "workers-k131",
        "target_version": "1.33",
    }
    assert after(ROLLED, {"node_groups": []}).conf["node_groups"] == []


def test_where_eks_wants_nodes_first_the_next_run_brings_them_up_where_they_are():
    found = after(run_id=FIRST, given={"roll_nodes": "when_needed"}, nodes_first=True)

    assert found.run_id == FIRST.replace("1.30-to-1.31", "1.30-to-1.30")
    assert (found.from_version, found.to_version) == ("1.30", "1.30")
    assert found.conf["roll_nodes"] == "first"


def test_that_holds_for_a_single_hop_as_well():
    found = after(replace(PLAN, final_version="1.31"), nodes_first=True)

    assert found.conf == {"roll_nodes": "first", "target_version": "1.31"}


def test_after_nodes_were_brought_up_the_hop_is_tried_again_by_another_run():
    stayed = replace(PLAN, to_version="1.30", control_plane_needed=False)
    run_id = FIRST.replace("1.30-to-1.31", "1.30-to-1.30")

    found = after(stayed, {"roll_nodes": "first"}, run_id)

    assert found.run_id == f"{FIRST}-2"
    assert found.conf["roll_nodes"] == "when_needed"


def test_every_hop_stays_every_hop():
    assert after(given={"roll_nodes": "every_hop"}).conf["roll_nodes"] == "every_hop"


def test_it_is_read_back():
    found = after(given={"cluster_name": "shop"})

    assert NextRun.from_json(found.as_json()) == found


@pytest.mark.parametrize("left", ["", None, {}, [], {"run_id": ""}, "run"])
def test_what_is_no_next_run_is_none(left):
    assert NextRun.from_json(left) is None

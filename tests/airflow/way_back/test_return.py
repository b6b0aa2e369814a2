"""Pods go back to the old nodes the same careful way, with nothing below what budgets allow."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from eks_upgrade_airflow.operators.lock import EksUnlockClusterOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)
from eks_upgrade_airflow.operators.way_back import EksDeleteEmptiedNodegroupOperator
from eks_upgrade_airflow.sensors.nodegroup import EksNodegroupReadySensor
from eks_upgrade_airflow.sensors.verification import EksWorkloadsSensor

from include.eks_upgrade.nodes.managed.marks import mark_of
from tests.airflow.real.outside import World
from tests.airflow.real.witness import ReadyWitness
from tests.airflow.upgrade import QUICK, WORSE_MINUTES
from tests.airflow.way_back.way_back_lab import (
    CLUSTER,
    NEW,
    OLD,
    UPGRADE,
    begin,
    keep,
    move_away,
    new_run,
    nodes,
    pods,
    sizes,
    way_back_world,
)
from tests.airflow.worker import Run

BACK = {"return_to_old_nodes": True}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """An upgrade was stopped in the bake, with its old group at zero."""
    with way_back_world() as made:
        run = begin(made)
        move_away(run)
        keep(run, 0.005, "zero")
        made.rehearsal.clock.advance(600)
        yield made


@pytest.fixture(scope="module")
def run(world: World) -> Run:
    """The run of the release, whose steps the tests of this file take, one after another."""
    made = new_run(world, "manual__release")
    made.states[UPGRADE] = "failed"
    return made


def go_back(run: Run, **options: Any) -> dict[str, Any]:
    """The tasks of the group `go_back`, one after another."""
    (way,) = run.done["look"]["data"]["ways_back"]
    pair = {"nodegroup_name": way["new"], "replacement_name": way["old"]}
    ready = {**pair, "to_version": way["old_version"]}
    run.do(
        "await_old_nodes",
        EksNodegroupReadySensor,
        nodegroup_name=way["old"],
        desired_nodes=way["nodes"],
        to_version=way["old_version"],
        **QUICK,
    )
    run.do("fence_new", EksFenceNodegroupOperator, hands_over=False, **ready, **QUICK)
    done: dict[str, Any] = run.do(
        "drain_new", EksDrainNodesOperator, timeout_minutes=1.0, **ready, **options
    )
    run.do("verify", EksWorkloadsSensor, worse_minutes=WORSE_MINUTES, **pair, **QUICK)
    with pytest.raises(AirflowSkipException, match="stays, empty and fenced"):
        run.do("delete_new", EksDeleteEmptiedNodegroupOperator, **ready)
    return done


# These tests are one story and stand in its order: each begins where the one before ended.


def test_1_while_the_run_lives_nothing_goes_back(world: World, run: Run) -> None:
    before = world.fingerprint()
    run.states[UPGRADE] = "running"
    with pytest.raises(AirflowFailException, match="End it first"):
        run.do("look", EksReleaseLookOperator, **BACK)
    run.states[UPGRADE] = "failed"
    assert world.fingerprint() == before


def test_2_what_cannot_be_gone_back_to_is_refused_before_anything_is_lifted(
    world: World, run: Run
) -> None:
    before = world.fingerprint()
    with pytest.raises(AirflowFailException, match="nothing was made to replace it"):
        run.do("look", EksReleaseLookOperator, node_groups=[NEW], **BACK)
    assert world.fingerprint() == before


def test_2b_what_contradicts_itself_is_refused_with_all_else_before_anything_is_lifted(
    world: World, run: Run
) -> None:
    before = world.fingerprint()
    options = {"delete_new_groups": True, "return_to_old_nodes": False}
    with pytest.raises(AirflowFailException) as raised:
        run.do("look", EksReleaseLookOperator, node_groups=["", "workrs"], options=options)
    told = str(raised.value)
    assert "no new node group would be emptied" in told
    assert "set return_to_old_nodes too, or leave delete_new_groups off" in told
    assert "workrs" in told
    assert world.fingerprint() == before


def test_3_only_looking_says_what_would_be_done_and_hands_nothing_on(
    world: World, run: Run
) -> None:
    told = run.do("look", EksReleaseLookOperator, only_look=True, **BACK)
    assert (
        "Then: node group 'workers-new': its pods go back to 'workers' (1.33, 3 nodes)."
        in (told["text"])
    )
    assert told["data"]["ways_back"] == []


def test_4_the_old_group_is_given_back_with_its_nodes(world: World, run: Run) -> None:
    found = run.do("look", EksReleaseLookOperator, **BACK)
    ways = found["data"]["ways_back"]
    assert [(way["old"], way["new"], way["nodes"]) for way in ways] == [(OLD, NEW, 3)]
    assert run.pushed["ways_back"] == ways
    run.do("lock", EksReleaseLockOperator, **BACK)
    lifted = run.do("lift", EksReleaseLiftOperator, found_ways=ways, **BACK, **QUICK)
    assert any("its sizes back to 3 nodes" in each for each in lifted["data"]["lifted"])
    assert sizes(world, OLD) == (3, 3, 4)


def test_5_the_pods_go_back_and_nothing_falls_below_its_budget(world: World, run: Run) -> None:
    store = world.rehearsal.world.clusters[CLUSTER].store
    with world.rehearsal.clock.lock:
        witness = ReadyWitness(store)
    there = len(pods(world, NEW))
    told = go_back(run)
    assert told["data"]["moved"] == there == 7
    assert pods(world, NEW) == []
    assert len(pods(world, OLD)) == 7
    assert witness.lowest["shop/web"] >= 3
    assert witness.lowest["shop/api"] >= 2
    assert len(nodes(world, NEW)) == 3


def test_6_a_return_that_is_run_again_changes_nothing_more(world: World, run: Run) -> None:
    assert mark_of(world.group(NEW)) is not None
    before, moved = world.fingerprint(), pods(world, OLD)
    found = run.do("look", EksReleaseLookOperator, **BACK)
    ways = found["data"]["ways_back"]
    assert len(ways) == 1
    # The fence around the new group stays: only the old one is given back.
    run.do("lift", EksReleaseLiftOperator, found_ways=ways, **BACK, **QUICK)
    assert not go_back(run)["changed"]
    assert pods(world, OLD) == moved
    assert world.fingerprint() == before
    run.do("unlock", EksUnlockClusterOperator)


def test_7_the_new_group_is_deleted_where_that_is_wanted(world: World, run: Run) -> None:
    pair = {"nodegroup_name": NEW, "replacement_name": OLD, "to_version": "1.33"}
    told = run.do(
        "delete_new",
        EksDeleteEmptiedNodegroupOperator,
        wanted=True,
        load_balancer_drain_seconds=0,
        **pair,
    )
    assert told["data"]["state"] == "deleting"

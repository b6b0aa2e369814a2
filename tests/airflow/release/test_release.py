"""The release by its operators, against the rehearsal: ours is lifted, what is not ours stays."""

import json
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.release import (
    EksReleaseLiftOperator,
    EksReleaseLockOperator,
    EksReleaseLookOperator,
)

from include.eks_upgrade.kube.objects import EXCLUDED
from include.eks_upgrade.nodes.managed.marks import KEY
from tests.airflow.real.outside import World
from tests.airflow.release.release_lab import (
    DEAD,
    NEW,
    OLD,
    baselines,
    cordoned,
    die_fenced,
    excluded,
    lease,
    marks,
    members,
    new_run,
    open_up,
    refusal,
    release,
    release_run,
)
from tests.airflow.upgrade import QUICK


def test_everything_of_a_dead_run_is_lifted_and_nothing_else_is_touched(world: World) -> None:
    open_up(world, OLD, 7)
    before = world.fingerprint()
    theirs, *ours = members(world, OLD)
    die_fenced(world)
    assert cordoned(world) == {theirs, *ours}
    assert set(marks(world)) == set(ours)
    assert all(mark.endswith(f"eks_upgrade {DEAD}") for mark in marks(world).values())
    assert world.group(OLD)["scalingConfig"]["maxSize"] == 3
    told = release(release_run())
    after = world.fingerprint()
    assert {name: after[name] for name in after if name != "updates"} == {
        name: before[name] for name in before if name != "updates"
    }
    assert cordoned(world) == {theirs}
    assert marks(world) == {}
    assert lease(world) is None
    assert told["changed"]
    assert len(told["data"]["lifted"]) == 6
    assert baselines(world) == []
    assert any("how its workloads were at" in each for each in told["data"]["lifted"])
    assert f"node group '{OLD}': maxSize 3 back to 7" in told["data"]["lifted"]
    assert told["data"]["left"] == [f"node {theirs}: cordoned, but not by us"]


def test_labels_that_took_nodes_out_of_load_balancers_are_lifted_with_the_cordons_if_ours(
    world: World,
) -> None:
    theirs = members(world, OLD)[1]

    def label(raw: dict[str, Any]) -> None:
        raw["metadata"]["labels"][EXCLUDED] = ""

    with world.rehearsal.clock.lock:
        world.rehearsal.world.clusters["shop"].store.change("nodes", None, theirs, label)
    before = cordoned(world)
    dead = die_fenced(world)
    options = {"ignore_daemonsets": True, "timeout_minutes": 1}
    dead.do("drain_old", EksDrainNodesOperator, nodegroup_name=OLD, **options)
    assert excluded(world) == set(members(world, OLD))
    told = release(release_run())
    assert excluded(world) == {theirs}
    assert cordoned(world) == before
    assert sum(EXCLUDED in line for line in told["data"]["lifted"]) == 2
    assert f"node {theirs}: labelled {EXCLUDED}, but not by us" in told["data"]["left"]
    assert release(release_run())["data"]["lifted"] == []


def test_a_second_undo_finds_nothing_and_changes_nothing(world: World) -> None:
    die_fenced(world)
    release(release_run())
    before, updates = world.fingerprint(), world.updates()
    again = release(release_run())
    assert not again["changed"]
    assert again["data"] == {"lifted": [], "left": []}
    assert (world.fingerprint(), world.updates()) == (before, updates)


def test_only_looking_lists_what_would_be_lifted_and_changes_nothing(world: World) -> None:
    open_up(world, OLD, 7)
    die_fenced(world)
    before, held = world.fingerprint(), lease(world)
    run = release_run()
    told = run.do("look", EksReleaseLookOperator, only_look=True)
    with pytest.raises(AirflowSkipException):
        run.do("lock", EksReleaseLockOperator, only_look=True)
    assert len(told["data"]["lifts"]) == 6
    assert len(baselines(world)) == 1
    assert "maxSize 3 back to 7" in told["text"]
    assert "not by us" in told["text"]
    assert (world.fingerprint(), lease(world)) == (before, held)


def test_a_living_run_keeps_its_lock_and_its_marks_even_if_it_is_named_as_dead(
    world: World,
) -> None:
    die_fenced(world)
    before, held = world.fingerprint(), lease(world)
    run = release_run(state="running")
    assert held is not None
    named = held["spec"]["holderIdentity"]
    for kind in (EksReleaseLookOperator, EksReleaseLockOperator):
        told = refusal(run.do, "x", kind, lock_holder=named)
        assert "End it first" in told
        assert DEAD in told
    assert DEAD in refusal(run.do, "lift", EksReleaseLiftOperator, **QUICK)
    assert (world.fingerprint(), lease(world)) == (before, held)


def hold_from_elsewhere(world: World, minutes: float) -> str:
    """The dead run's lock as another Airflow would have written it; returns its holder."""
    holder = "https://other.example eks_upgrade manual__1"

    def change(raw: dict[str, Any]) -> None:
        raw["spec"]["holderIdentity"] = holder
        raw["spec"]["leaseDurationSeconds"] = int(minutes * 60)

    with world.rehearsal.clock.lock:
        store = world.rehearsal.world.clusters["shop"].store
        store.change("leases", "kube-system", "eks-upgrade", change)
    return holder


def test_the_lock_of_another_airflow_is_taken_only_when_its_holder_is_typed_exactly(
    world: World,
) -> None:
    die_fenced(world)
    holder = hold_from_elsewhere(world, minutes=60)
    run = release_run()
    told = refusal(run.do, "look", EksReleaseLookOperator)
    assert f"lock_holder set to exactly: {holder}" in told
    assert "is not its name" in refusal(run.do, "look", EksReleaseLookOperator, lock_holder="x")
    assert cordoned(world) == set(members(world, OLD))
    assert release(run, lock_holder=holder)["changed"]
    assert lease(world) is None


def test_a_lock_that_was_not_renewed_in_time_is_nobodys(world: World) -> None:
    die_fenced(world)
    hold_from_elsewhere(world, minutes=-5)
    assert release(release_run())["changed"]


def test_a_group_that_is_being_deleted_keeps_its_cordons(world: World) -> None:
    die_fenced(world)
    world.rehearsal.clock.speed = 0.0  # time stands still: it stays in deletion
    world.eks.delete_nodegroup(clusterName="shop", nodegroupName=OLD)
    told = release(release_run())
    assert told["data"]["lifted"] == []
    assert any("DELETING" in sentence for sentence in told["data"]["left"])
    assert set(marks(world)) <= cordoned(world)
    assert len(baselines(world)) == 1  # its deletion may fail, and then it is compared again
    assert lease(world) is None


def test_a_maximum_that_somebody_set_after_us_stays(world: World) -> None:
    open_up(world, OLD, 7)
    die_fenced(world)
    open_up(world, OLD, 5)
    told = release(release_run())
    assert world.group(OLD)["scalingConfig"]["maxSize"] == 5
    assert KEY not in json.dumps(world.group(OLD).get("taints"))
    assert "maxSize stays 5, somebody set it after us" in told["text"]


def test_only_the_groups_that_were_asked_for_are_given_back(world: World) -> None:
    die_fenced(world)
    before = cordoned(world)
    told = release(release_run(), node_groups=[NEW])
    assert cordoned(world) == before
    assert any(OLD in sentence and "not asked" in sentence for sentence in told["data"]["left"])
    assert "correct node_groups" in refusal(
        release_run().do, "look", EksReleaseLookOperator, node_groups=["nobody"]
    )


def test_a_fence_that_is_still_being_taken_in_is_waited_for_and_then_lifted(world: World) -> None:
    open_up(world, OLD, 7)
    run = new_run(DEAD)
    run.do("lock", EksLockClusterOperator)
    world.rehearsal.clock.speed = 0.0  # time stands still: the fence's update goes on and on
    fenced = world.eks.update_nodegroup_config(
        clusterName="shop",
        nodegroupName=OLD,
        taints={
            "addOrUpdateTaints": [
                {"key": KEY, "value": "max-7-capped-3", "effect": "NO_SCHEDULE"},
            ]
        },
        scalingConfig={"maxSize": 3},
    )["update"]["id"]
    releasing = release_run()
    looked = releasing.do("look", EksReleaseLookOperator)
    assert fenced in looked["text"]
    releasing.do("lock", EksReleaseLockOperator)
    world.rehearsal.clock.speed = 600.0
    told = releasing.do("lift", EksReleaseLiftOperator, **QUICK)
    assert f"node group '{OLD}': maxSize 3 back to 7" in told["data"]["lifted"]
    assert "taints" not in world.group(OLD)
    assert world.group(OLD)["scalingConfig"]["maxSize"] == 7

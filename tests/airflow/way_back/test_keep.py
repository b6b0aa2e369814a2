"""The old group is kept for a bake: with its nodes, without them, and when it does not end well."""

from collections.abc import Iterator

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.operators.lock import EksUnlockClusterOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator

from include.eks_upgrade.nodes.managed.keep import take_to_zero
from include.eks_upgrade.nodes.managed.marks import cap_of, mark_of
from tests.airflow.real.outside import World
from tests.airflow.release.release_lab import release
from tests.airflow.upgrade import QUICK
from tests.airflow.way_back.way_back_lab import (
    CLUSTER,
    NEW,
    OLD,
    PAIR,
    UPGRADE,
    VERSION,
    begin,
    cordon,
    keep,
    kill,
    move_away,
    new_run,
    nodes,
    sizes,
    way_back_world,
)
from tests.airflow.worker import Run


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with way_back_world() as made:
        yield made


@pytest.fixture(scope="module")
def run(world: World) -> Run:
    """The run whose steps the tests of this file take, one after another."""
    return begin(world)


def refused(run: Run, minutes: float, at: str = "size") -> str:
    with pytest.raises(AirflowFailException) as raised:
        keep(run, minutes, at)
    return str(raised.value)


# These tests are one story and stand in its order: each begins where the one before ended.


def test_1_without_minutes_nothing_is_asked_of_anybody(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody answers there. What AWS is asked is no measure: a look of the fence's may still end.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    told = keep(run, 0)
    assert "is not kept: keep_old_group_minutes is 0" in told["text"]


def test_2_nodes_on_which_pods_are_left_are_not_taken_away(world: World, run: Run) -> None:
    assert "evictable pods are still on its nodes" in refused(run, 1.0, "zero")
    assert sizes(world, OLD) == (3, 3, 3)


def test_3_it_is_kept_with_its_nodes_for_as_long_and_says_so(world: World, run: Run) -> None:
    move_away(run)
    before = world.fingerprint()
    told = keep(run, 0.02)
    assert told["text"].startswith("node group 'workers' was kept for 0.02 minutes: nothing is")
    assert told["data"]["kept_minutes"] == 0.02
    assert not told["changed"]
    ((kind, began, ended),) = told["waits"]
    assert kind == "drain"
    assert ended - began >= 0.02 * 60
    assert world.fingerprint() == before
    # A try that follows, or one that is cleared, begins anew.
    assert not [key for key in run.store if key.startswith("bake_until_")]


def test_4_a_workload_that_becomes_worse_ends_the_bake_and_the_group_stays(
    world: World, run: Run
) -> None:
    there = nodes(world, NEW)
    cordon(world, *there)
    kill(world, "web")
    told = refused(run, 60.0)
    assert "The bake of node group 'workers' of cluster 'shop' did not end well" in told
    assert "Deployment shop/web has 3 of 4 Ready pods" in told
    assert "The group is kept, fenced, with its nodes; nothing was deleted" in told
    assert "trigger the DAG `eks_upgrade_release` with return_to_old_nodes" in told
    assert len(nodes(world, OLD)) == 3
    cordon(world, *there, on=False)
    world.rehearsal.clock.advance(300)


def test_5_at_zero_its_nodes_go_and_its_sizes_are_remembered(world: World, run: Run) -> None:
    told = keep(run, 0.02, "zero")
    assert told["changed"]
    assert "is taken to zero nodes; that it had 3 and at least 3 stands in its mark" in told["text"]
    assert run.deferred[-2:] == ["EksUpdateTrigger", "EksBakeTrigger"]
    assert sizes(world, OLD) == (0, 0, 3)
    mark = mark_of(world.group(OLD))
    assert mark is not None
    assert mark["value"] == "max-4-capped-3-min-3-size-3-at-1.33"
    cap = cap_of(mark)
    assert cap is not None
    assert cap.kept is not None
    world.rehearsal.clock.advance(600)
    assert nodes(world, OLD) == []


def test_6_a_second_time_nothing_is_changed(world: World, run: Run) -> None:
    updates = world.updates()
    assert not keep(run, 0.01, "zero")["changed"]
    again = run.do("fence_old", EksFenceNodegroupOperator, **PAIR, to_version=VERSION, **QUICK)
    assert not again["changed"]
    assert sizes(world, OLD) == (0, 0, 3)
    assert world.updates() == updates


def test_7_a_release_gives_it_its_sizes_and_its_nodes_back(world: World, run: Run) -> None:
    run.do("unlock", EksUnlockClusterOperator)
    freeing = new_run(world, "manual__release")
    freeing.states[UPGRADE] = "failed"
    told = release(freeing)
    assert f"node group '{OLD}': its sizes back to 3 nodes, at least 3" in told["data"]["lifted"]
    assert sizes(world, OLD) == (3, 3, 4)
    assert mark_of(world.group(OLD)) is None
    world.rehearsal.clock.advance(600)
    assert len(nodes(world, OLD)) == 3


def test_8_without_a_fence_it_is_not_taken_to_zero(world: World, run: Run) -> None:
    told = refused(run, 1.0, "zero")
    assert "it does not carry the mark of the fence" in told
    assert sizes(world, OLD) == (3, 3, 4)


def test_9_what_a_killed_try_has_asked_of_eks_is_adopted(world: World, run: Run) -> None:
    run.do("fence_old", EksFenceNodegroupOperator, **PAIR, to_version=VERSION, **QUICK)
    clients = ClusterAddress(CLUSTER, "aws_default", world.scene.region).clients()
    asked = take_to_zero(clients, CLUSTER, OLD, version=VERSION)  # and its process dies
    assert asked.data["update_id"]
    told = keep(run, 0.01, "zero")
    assert not told["changed"]
    assert sizes(world, OLD) == (0, 0, 3)
    mark = mark_of(world.group(OLD))
    assert mark is not None
    assert mark["value"] == "max-4-capped-3-min-3-size-3-at-1.33"

"""The deletion waits for load balancers: from the label on, in the triggerer, and not twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.nodes.nodegroup import EksDeleteNodegroupOperator

from include.eks_upgrade.kube.objects import EXCLUDED, EXCLUDED_AT, EXCLUDED_BY
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.worker import Run, environment, parameters

OLD = "workers"
SECONDS = 60.0
TRIGGER = "EksLoadBalancersTrigger"


class Waits(list[str]):
    """What was deferred; while the task waits for load balancers, an hour goes by.

    The labels say since when they are there, so time is stepped by setting them back.
    """

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.status: list[str] = []

    def append(self, trigger: str) -> None:
        super().append(trigger)
        if trigger == TRIGGER:
            self.status.append(self.world.group(OLD)["status"])
            an_hour_later(self.world)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with Rehearsal(speed=600.0) as rehearsal:
        scene = plain(rehearsal.world, "shop", "1.33", 2, PlainOptions(groups=(OLD,), addons={}))
        for name, value in environment(rehearsal).items():
            monkeypatch.setenv(name, value)
        yield World(rehearsal, scene)
        assert rehearsal.clock.failures == []


@pytest.fixture
def run(world: World) -> Run:
    return Run(parameters(cluster_name="shop", region=world.scene.region), deferred=Waits(world))


def drain(run: Run, seconds: float = SECONDS) -> None:
    options = {"ignore_daemonsets": True, "load_balancer_drain_seconds": seconds}
    run.do("drain_old", EksDrainNodesOperator, nodegroup_name=OLD, timeout_minutes=1, **options)


def delete(run: Run, seconds: float = SECONDS) -> dict[str, Any]:
    options = {"load_balancer_drain_seconds": seconds}
    told: dict[str, Any] = run.do(
        "delete_old", EksDeleteNodegroupOperator, nodegroup_name=OLD, **options
    )
    return told


def waits(run: Run) -> int:
    """How often the deletion was deferred for load balancers."""
    return run.deferred.count(TRIGGER)


def change(world: World, node: str, **annotations: str | None) -> None:
    """Label a node, with these annotations."""

    def put(raw: dict[str, Any]) -> None:
        raw["metadata"]["labels"][EXCLUDED] = "true"
        raw["metadata"].setdefault("annotations", {}).update(annotations)

    with world.rehearsal.clock.lock:
        world.rehearsal.world.clusters["shop"].store.change("nodes", None, node, put)


def an_hour_later(world: World) -> None:
    """Every label of ours is an hour old."""
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    for name, meta in nodes(world).items():
        if EXCLUDED_BY in meta.get("annotations", {}):
            change(world, name, **{EXCLUDED_AT: since})


def nodes(world: World) -> dict[str, dict[str, Any]]:
    return {raw["metadata"]["name"]: raw["metadata"] for raw in world.objects("nodes")}


def test_the_group_is_deleted_only_so_long_after_the_drain_took_its_nodes_out(
    world: World, run: Run
) -> None:
    drain(run)
    drained = run.done["drain_old"]
    assert drained["data"]["excluded_nodes"] == 2
    assert "2 nodes are out of the load balancers" in drained["text"]
    told = delete(run)
    assert waits(run) == 1
    assert run.deferred.status == ["ACTIVE"]  # type: ignore[attr-defined] # Waits
    assert [kind for kind, *_ in told["waits"]] == ["drain"]
    assert told["data"]["state"] == "deleting"


def test_a_task_that_is_cleared_after_the_wait_does_not_wait_again(world: World, run: Run) -> None:
    drain(run)
    an_hour_later(world)
    delete(run)
    assert waits(run) == 0


def test_a_group_that_is_being_deleted_already_is_not_waited_for(world: World, run: Run) -> None:
    drain(run)
    world.rehearsal.clock.speed = 0.0  # time stands still: it stays in deletion
    world.eks.delete_nodegroup(clusterName="shop", nodegroupName=OLD)
    assert delete(run)["data"]["state"] == "deleting"
    assert waits(run) == 0


def test_nodes_that_no_drain_of_ours_has_met_are_taken_out_before_the_wait(
    world: World, run: Run
) -> None:
    delete(run)
    assert waits(run) == 1
    entries = world.rehearsal.world.journal.entries(operation="patch nodes")
    assert len([e for e in entries if e.done and "labels" in e.body["patch"]["metadata"]]) == 2


def test_a_label_of_somebody_else_is_kept_and_not_waited_for(world: World, run: Run) -> None:
    for name in nodes(world):
        change(world, name)
    delete(run)
    assert waits(run) == 0
    assert not any(EXCLUDED_BY in meta.get("annotations", {}) for meta in nodes(world).values())


def test_a_label_whose_time_cannot_be_read_gets_one_and_is_waited_for(
    world: World, run: Run
) -> None:
    for name in nodes(world):
        change(world, name, **{EXCLUDED_BY: "somebody", EXCLUDED_AT: "soon"})
    delete(run)
    assert waits(run) == 1


def test_zero_seconds_neither_label_nor_wait(world: World, run: Run) -> None:
    drain(run, seconds=0)
    assert not any(EXCLUDED in meta["labels"] for meta in nodes(world).values())
    delete(run, seconds=0)
    assert waits(run) == 0


def test_a_label_that_is_forbidden_stops_the_deletion_with_the_rights_it_needs(
    world: World, run: Run
) -> None:
    assert world.rehearsal.kube_server is not None
    world.rehearsal.kube_server.forbid("patch", "nodes")
    with pytest.raises(AirflowFailException, match=r"patch nodes[\s\S]*docs/permissions\.md"):
        delete(run)
    assert world.group(OLD)["status"] == "ACTIVE"


def test_the_lock_outlives_the_wait(world: World, run: Run) -> None:
    now = datetime.now(UTC)
    delete(run, seconds=SECONDS)
    (lease,) = world.objects("leases")
    assert lease["spec"]["leaseDurationSeconds"] >= 3600
    assert datetime.fromisoformat(lease["spec"]["renewTime"]) >= now

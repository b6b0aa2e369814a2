"""A wait in the triggerer outlives what passes by itself: the rehearsal has the faults."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.triggers import watch
from eks_upgrade_airflow.triggers.nodegroup import EksNodegroupReadyTrigger
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger
from eks_upgrade_airflow.triggers.verification import EksWorkloadsTrigger
from eks_upgrade_airflow.triggers.watch import WatchTrigger

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.real.outside import World
from tests.airflow.worker import environment

ADDRESS = ClusterAddress("shop", "aws_default", "eu-west-1")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Rehearsal(speed=60.0) as rehearsal:
        options = PlainOptions(addons={}, manifests=tuple(deployment(App("shop", "web", 1))))
        yield World(rehearsal, plain(rehearsal.world, "shop", "1.33", 1, options))
        assert rehearsal.clock.failures == []


@pytest.fixture(autouse=True)
def calm(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in environment(world.rehearsal).items():
        monkeypatch.setenv(name, value)
    yield
    world.rehearsal.world.faults.calls.lift()


def update(world: World) -> WatchTrigger:
    """An update of the node group, under way, and the wait for it."""
    world.rehearsal.clock.advance(600)  # the last one has ended
    eks = world.rehearsal.session().client(
        "eks", endpoint_url=world.rehearsal.environment["AWS_ENDPOINT_URL"]
    )
    label = {"addOrUpdateLabels": {"round": str(time.time_ns())}}
    started = eks.update_nodegroup_config(
        clusterName="shop", nodegroupName="workers", labels=label
    )["update"]
    eks.close()
    return within(EksUpdateTrigger, update_id=started["id"], nodegroup_name="workers")


def within(kind: type[WatchTrigger], **arguments: Any) -> WatchTrigger:
    return kind.within(1.0, ADDRESS, poll_seconds=0.05, **arguments)


async def outcome(trigger: WatchTrigger) -> dict[str, Any]:
    event: dict[str, Any] = (await anext(trigger.run())).payload
    return event


FAULTS = [
    pytest.param({"kind": "throttle", "times": 2}, id="throttled"),
    pytest.param({"kind": "http500", "times": 2}, id="500"),
    pytest.param({"kind": "http503", "times": 2}, id="503"),
    pytest.param({"kind": "reset", "times": 2}, id="connections reset"),
    pytest.param({"kind": "truncated", "times": 3}, id="answers cut off"),
    pytest.param({"kind": "expired_credentials", "times": 3}, id="credentials expired"),
    pytest.param({"kind": "not_found_yet", "times": 3}, id="the update is not seen yet"),
    pytest.param(
        {"kind": "error", "code": "ResourceInUseException", "status": 409, "times": 3}, id="in use"
    ),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_wait_for_an_update_outlives(world: World, fault: dict[str, Any]) -> None:
    trigger = update(world)
    standing = world.rehearsal.world.faults.add(operation="DescribeUpdate", **fault)
    event = await outcome(trigger)
    assert event["state"] == "done", event["detail"]
    assert standing.over(world.rehearsal.clock.now)


async def test_a_wait_whose_opening_is_cut_off_opens_again(world: World) -> None:
    world.rehearsal.world.faults.add("truncated", "DescribeCluster", times=2)
    trigger = within(
        EksNodegroupReadyTrigger, nodegroup_name="workers", wanted=1, to_version="1.33"
    )
    assert (await outcome(trigger))["state"] == "done"


async def test_what_is_denied_ends_a_wait_at_once(world: World) -> None:
    trigger = update(world)
    world.rehearsal.world.faults.add("error", "DescribeUpdate", code="AccessDeniedException")
    event = await outcome(trigger)
    assert event["state"] == "Refused"
    assert "allow DescribeUpdate" in event["detail"]
    assert event["ended"] - event["began"] < 30


async def seen(
    world: World, operation: str | None, statuses: set[int], *, since: int = 0, times: int = 1
) -> None:
    """Until a request of this kind (None: any) was answered so often with one of these statuses."""
    journal = world.rehearsal.world.journal
    while times > sum(  # noqa: ASYNC110 - the journal has no event to wait for
        each.status in statuses for each in journal.entries(operation=operation, since=since)
    ):
        await asyncio.sleep(0.01)


async def test_a_wait_goes_on_with_rotated_credentials(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = update(world)
    clock, journal = world.rehearsal.clock, world.rehearsal.world.journal
    clock.speed = 0.0  # time stands still: the update goes on until the key is another
    begun = journal.last
    waiting = asyncio.create_task(outcome(trigger))
    await seen(world, "DescribeUpdate", {200}, since=begun)
    world.rehearsal.world.keys.rotate()
    for name, value in environment(world.rehearsal).items():
        monkeypatch.setenv(name, value)
    await seen(world, "DescribeUpdate", {403}, since=begun)
    clock.speed = 60.0
    assert (await waiting)["state"] == "done"


async def test_a_wait_goes_on_when_the_new_key_comes_late(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = update(world)
    world.rehearsal.world.keys.rotate()
    begun = world.rehearsal.world.journal.last
    waiting = asyncio.create_task(outcome(trigger))
    await seen(world, "DescribeUpdate", {403}, since=begun, times=5)
    for name, value in environment(world.rehearsal).items():
        monkeypatch.setenv(name, value)
    assert (await waiting)["state"] == "done"


async def test_a_wait_ends_when_the_new_key_does_not_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "REFUSED_SECONDS", 0.5)
    trigger = update(world)
    world.rehearsal.world.keys.rotate()
    event = await outcome(trigger)
    assert event["state"] == "Refused"
    assert "give the connection named in aws_conn_id valid" in event["detail"]
    assert event["ended"] - event["began"] < 30


async def test_a_wait_goes_on_with_rotated_credentials_at_kubernetes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens are signed with the old key, fresh ones too: 401 until the connection is read anew."""
    trigger = within(
        EksWorkloadsTrigger, nodegroup_name="workers", nodegroup_arn="arn", worse_minutes=0.0
    )
    begun = world.rehearsal.world.journal.last
    waiting = asyncio.create_task(outcome(trigger))  # a pod is left there, so it waits on
    await seen(world, "list pods", {200}, since=begun)
    world.rehearsal.world.keys.rotate()
    for name, value in environment(world.rehearsal).items():
        monkeypatch.setenv(name, value)
    world.rehearsal.kube_server.end_watches()  # until then the old key's watch goes on
    await seen(world, None, {401}, since=begun)
    begun = world.rehearsal.world.journal.last
    await seen(world, "list pods", {200}, since=begun)
    assert not waiting.done()
    waiting.cancel()

"""While a step waits, node groups and add-ons that become DEGRADED are told at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from botocore.retries import standard
from eks_upgrade_airflow.connection import health as reading
from eks_upgrade_airflow.connection import shared_looks
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.run.events import result_of
from eks_upgrade_airflow.triggers.health import HealthTarget, HealthWatch
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger
from structlog.testing import capture_logs

from include.eks_upgrade.common.errors import Stuck
from include.eks_upgrade.common.outcome import Done, NotYet, Outcome
from include.eks_upgrade.common.step_result import Obstacle
from include.rehearsal.aws import interference
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.worker import environment

ADDRESS = ClusterAddress("shop", "aws_default", "eu-west-1")
ISSUE = {
    "code": "AsgInstanceLaunchFailures",
    "message": "Could not launch Spot Instances.",
    "resourceIds": ["eks-workers-1"],
}
DEGRADED = (
    "node group 'workers' became DEGRADED (AsgInstanceLaunchFailures: Could not launch Spot"
    " Instances (eks-workers-1))"
)
TARGET = HealthTarget(node_groups=("workers", "workers-k134"), before={})


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with Rehearsal() as made, pytest.MonkeyPatch.context() as patch:
        plain(made.world, "shop", "1.33", 1, PlainOptions(addons={"coredns": None}))
        for name, value in environment(made).items():
            patch.setenv(name, value)
        yield made
        assert made.clock.failures == []


@pytest.fixture(autouse=True)
def well(rehearsal: Rehearsal) -> Iterator[None]:
    shared_looks.forget()
    yield
    interference.set_node_group_health(rehearsal.world, "shop", "workers", "ACTIVE")
    interference.set_addon_health(rehearsal.world, "shop", "coredns", "ACTIVE")
    rehearsal.world.faults.calls.lift()


def degrade(rehearsal: Rehearsal, **which: Any) -> None:
    interference.degrade(rehearsal.world, "shop", [ISSUE], **which)
    rehearsal.clock.run_due()


class Steps:
    """Pauses in which things happen, one after another; with the last the waiting ends."""

    def __init__(self, *happenings: Callable[[], Any]) -> None:
        self.left, self.seconds = list(happenings), list[float]()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if not self.left:
            raise asyncio.CancelledError
        shared_looks.forget()  # so much time has passed
        self.left.pop(0)()


async def told(steps: Steps, target: HealthTarget = TARGET) -> tuple[list[Any], list[Obstacle]]:
    """Lines with their levels, and obstacles, of a watch through these steps."""
    with capture_logs() as lines:
        watch = HealthWatch(ADDRESS, target, structlog.get_logger(), steps)
        await asyncio.gather(watch.follow(), return_exceptions=True)
    found = [(line["log_level"], line["event"]) for line in lines]
    return [each for each in found if each[0] != "debug"], watch.diary.obstacles()


def nothing() -> None:
    """A minute in which nothing happens."""


async def test_a_group_that_becomes_degraded_is_told_once_with_its_issues_and_when_it_heals(
    rehearsal: Rehearsal,
) -> None:
    steps = Steps(
        nothing,
        lambda: degrade(rehearsal, nodegroup="workers", heals_after=600.0),
        nothing,
        lambda: rehearsal.clock.advance(600),
        nothing,
    )
    lines, met = await told(steps)
    assert lines == [
        ("warning", f"{DEGRADED}. This step goes on; see to it meanwhile"),
        ("info", "node group 'workers' is well again"),
    ]
    assert met == [Obstacle(DEGRADED, "it got well by itself")]


async def test_an_add_on_is_told_as_well_and_what_was_so_before_is_not(
    rehearsal: Rehearsal,
) -> None:
    degrade(rehearsal, nodegroup="workers")
    degrade(rehearsal, addon="coredns")
    before = {"addons": {}, "node_groups": {"workers": "DEGRADED"}}
    lines, met = await told(Steps(nothing), HealthTarget(node_groups=("workers",), before=before))
    assert [line.partition(" (")[0] for _, line in lines] == ["add-on 'coredns' became DEGRADED"]
    assert [each.passed_by for each in met] == [""]


async def test_what_the_wait_itself_tells_is_not_told_twice(rehearsal: Rehearsal) -> None:
    degrade(rehearsal, nodegroup="workers")
    target = HealthTarget(node_groups=("workers",), before={}, awaited=("workers",))
    assert await told(Steps(nothing, nothing), target) == ([], [])


async def test_it_looks_every_five_minutes_and_more_seldom_at_many_or_when_aws_does_not_answer(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standard.ExponentialBackoff, "delay_amount", lambda *_: 0.005)
    steps = Steps(nothing, nothing)
    await told(steps)
    assert steps.seconds == [150.0, 300.0, 300.0]
    crowd = HealthTarget(node_groups=tuple(f"group-{n}" for n in range(299)), before={})
    assert crowd.pause_seconds(299) == 600.0
    rehearsal.world.faults.add("throttle", "eks:*")
    steps = Steps(*[nothing] * 5)
    assert await told(steps) == ([], [])
    assert steps.seconds == [150.0, 600.0, 900.0, 900.0, 900.0, 900.0]


async def test_every_third_look_asks_for_add_ons(
    rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = list[float]()
    monkeypatch.setattr(shared_looks, "seconds", lambda: sum(pauses))

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > 5:
            raise asyncio.CancelledError

    since = rehearsal.world.journal.last
    watch = HealthWatch(ADDRESS, TARGET, structlog.get_logger(), pause)
    await asyncio.gather(watch.follow(), return_exceptions=True)
    asked = [each.operation for each in rehearsal.world.journal.entries(since=since)]
    assert asked.count("DescribeNodegroup") == 2 * 5
    assert asked.count("DescribeAddon") == 2
    assert asked.count("ListAddons") == 1


async def test_what_nobody_wants_to_know_is_not_asked_for(rehearsal: Rehearsal) -> None:
    since = rehearsal.world.journal.last
    left_out = ["workers", "coredns"]
    found = await reading.read_conditions(
        ADDRESS, ["workers"], fresh_seconds=30.0, left_out=left_out
    )
    asked = [each.operation for each in rehearsal.world.journal.entries(since=since)]
    assert (found, asked) == ({}, ["ListAddons"])


async def test_who_may_not_look_is_told_so_once_and_asks_no_more(rehearsal: Rehearsal) -> None:
    rehearsal.world.faults.add("error", "ListAddons", code="AccessDeniedException", status=403)
    steps = Steps(nothing, nothing, nothing)
    ((level, line),), met = await told(steps)
    assert (level, met) == ("info", [])
    assert line.startswith("node groups and add-ons are not looked at: ")
    assert "AccessDeniedException" in line
    assert len(steps.seconds) == 1


async def test_waits_of_one_cluster_share_their_looks(rehearsal: Rehearsal) -> None:
    since = rehearsal.world.journal.last
    for _ in range(3):
        await reading.read_conditions(ADDRESS, ["workers"], fresh_seconds=30.0)
    asked = [each.operation for each in rehearsal.world.journal.entries(since=since)]
    assert sorted(asked) == ["DescribeAddon", "DescribeNodegroup", "ListAddons"]


class Slow(WatchTrigger):
    """Waits until it is told that it has waited enough."""

    enough: Callable[[], bool]
    last: Outcome = Done("ready", {"nodes": 3})

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        async def probe() -> Outcome:
            return self.last if self.enough() else NotYet("not yet")

        yield probe


def slow(rehearsal: Rehearsal, last: Outcome, lines: list[Any]) -> Slow:
    """A wait that ends as soon as it was told that the group is DEGRADED."""
    degrade(rehearsal, nodegroup="workers")
    health = HealthTarget(node_groups=("workers",), before={}, poll_seconds=0.01).as_json()
    trigger = Slow.within(1.0, ADDRESS, poll_seconds=0.01, health=health)
    trigger.last = last
    trigger.enough = lambda: any(DEGRADED in line["event"] for line in lines)
    return trigger


async def test_the_result_of_the_wait_has_it_as_an_obstacle(rehearsal: Rehearsal) -> None:
    with capture_logs() as lines:
        result = result_of(await slow(rehearsal, Done("ready", {"nodes": 3}), lines).ended())
    assert (result.text, result.data) == ("ready", {"nodes": 3})
    assert result.obstacles == (Obstacle(DEGRADED, ""),)


async def test_a_wait_that_fails_names_it_in_its_words(rehearsal: Rehearsal) -> None:
    with capture_logs() as lines:
        trigger = slow(rehearsal, NotYet("2 of 3 nodes are Ready"), lines)
        trigger.deadline = time.time() + 2.0
        event = await trigger.ended()
    with pytest.raises(Stuck) as raised:
        result_of(event)
    assert "2 of 3 nodes are Ready" in str(raised.value)
    assert f"Meanwhile:\n{DEGRADED}; it still is" in str(raised.value)

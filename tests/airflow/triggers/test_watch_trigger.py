"""The loop of all triggers: look, wait, look again, until there is an end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.triggers import drain as drain_trigger
from eks_upgrade_airflow.triggers import watch
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger
from structlog.testing import capture_logs

from include.eks_upgrade.common.errors import (
    Busy,
    Problem,
    Refused,
    UnexpectedResponse,
    Unreachable,
)
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.drain.result import DrainResult

Scripted = Outcome | Exception
STILL = NotYet("2 of 3 nodes are Ready")
KEYS = Refused("unknown", [Problem("key", "is not known", "give one")], credentials=True)
RIGHTS = Refused("not allowed", [Problem("role", "may not", "allow it")])


class Watcher(WatchTrigger):
    """Sees what it is told to see; the last of it again and again."""

    script: tuple[Scripted, ...] = ()
    doors: tuple[Exception, ...] = ()
    looks = 0
    opened = 0
    closed = False

    @cached_property
    def looked(self) -> asyncio.Event:
        """Set once it has looked."""
        return asyncio.Event()

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        self.opened += 1
        if self.opened <= len(self.doors):
            raise self.doors[self.opened - 1]

        async def probe() -> Outcome:
            seen = self.script[min(self.looks, len(self.script) - 1)]
            self.looks += 1
            self.looked.set()
            if isinstance(seen, Exception):
                raise seen
            return seen

        try:
            yield probe
        finally:
            self.closed = True


def watcher(*script: Scripted, seconds: float = 60.0, **arguments: Any) -> Watcher:
    now = time.time()
    made = Watcher(
        cluster_name="payments",
        aws_conn_id=None,
        region_name=None,
        poll_seconds=0.0,
        began=now,
        deadline=now + seconds,
        **arguments,
    )
    made.script = script
    return made


async def events(trigger: WatchTrigger) -> list[dict[str, Any]]:
    return [event.payload async for event in trigger.run()]


ENDS = [
    pytest.param([Done("ready")], "done", "ready", 1, id="done at once"),
    pytest.param([STILL, STILL, Done("ready")], "done", "ready", 3, id="done after a while"),
    pytest.param([STILL, Failed("CREATE_FAILED")], "failed", "CREATE_FAILED", 2, id="failed"),
    pytest.param(
        [Unreachable("throttled"), Unreachable("throttled"), Done("ready")],
        "done",
        "ready",
        3,
        id="no answer for a while",
    ),
    pytest.param([Busy("in use"), Done("ready")], "done", "ready", 2, id="in use for a while"),
    pytest.param(
        [TimeoutError(), ConnectionResetError("peer"), Done("ready")],
        "done",
        "ready",
        3,
        id="broken connections",
    ),
    pytest.param([Busy("not seen", 4), Done("ready")], "done", "ready", 2, id="not seen yet"),
    pytest.param([KEYS, Done("ready")], "done", "ready", 2, id="rotated credentials"),
    pytest.param([KEYS] * 9 + [Done("ready")], "done", "ready", 10, id="a key that comes late"),
    pytest.param([RIGHTS, Done("ready")], "Refused", str(RIGHTS), 1, id="not allowed"),
    pytest.param(
        [STILL, UnexpectedResponse("HTTP 418")],
        "UnexpectedResponse",
        "HTTP 418",
        2,
        id="a surprise",
    ),
]


@pytest.mark.parametrize(("script", "state", "detail", "looks"), ENDS)
async def test_a_watch_ends_with_one_event_that_says_how(
    script: list[Scripted], state: str, detail: str, looks: int
) -> None:
    trigger = watcher(*script)
    (event,) = await events(trigger)
    assert (event["state"], event["detail"]) == (state, detail)
    assert trigger.looks == looks
    assert trigger.closed
    assert event["began"] == trigger.began <= event["ended"]


LESS_THAN_A_LOOK = 1e-9


async def test_credentials_that_stay_bad_end_a_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "REFUSED_SECONDS", LESS_THAN_A_LOOK)
    (event,) = await events(trigger := watcher(KEYS))
    assert (event["state"], event["detail"]) == ("Refused", str(KEYS))
    assert trigger.looks == 2


async def test_an_answer_in_between_begins_the_time_of_bad_credentials_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "REFUSED_SECONDS", LESS_THAN_A_LOOK)
    (event,) = await events(watcher(KEYS, STILL, KEYS, STILL, KEYS, Done("ready")))
    assert event["state"] == "done"


async def test_what_was_seen_and_what_was_carried_come_back_with_the_event() -> None:
    (event,) = await events(watcher(Done("ready", {"nodes": 3}), carry={"text": "fenced"}))
    assert event["data"] == {"nodes": 3}
    assert event["carry"] == {"text": "fenced"}
    assert event["kind"] == "aws"


async def test_an_error_nobody_foresaw_is_sent_with_where_it_came_from() -> None:
    (event,) = await events(watcher(STILL, KeyError("update")))
    assert event["state"] == "UnexpectedResponse"
    assert "KeyError: 'update'" in event["detail"]
    assert "in probe" in event["detail"]


async def test_connections_that_cannot_be_opened_are_no_answer_either() -> None:
    trigger = watcher(Done("ready"))
    trigger.doors = (Unreachable("DescribeCluster is throttled"), TimeoutError(), KEYS)
    (event,) = await events(trigger)
    assert event["state"] == "done"
    assert trigger.opened == 4


async def test_after_an_error_the_connections_are_made_anew_and_kept_while_they_hold() -> None:
    trigger = watcher(STILL, STILL, Unreachable("expired token"), STILL, Done("ready"))
    await events(trigger)
    assert trigger.opened == 2


async def test_what_is_not_seen_long_after_the_wait_began_is_not_there() -> None:
    trigger = watcher(Busy("no such update", 4))
    trigger.began -= 3600
    (event,) = await events(trigger)
    assert event["state"] == "Busy"


LATE = [
    pytest.param(STILL, "2 of 3 nodes are Ready", id="still waited for"),
    pytest.param(Unreachable("throttled"), "throttled", id="no answer until the end"),
]


@pytest.mark.parametrize(("seen", "last"), LATE)
async def test_a_watch_gives_up_at_its_deadline_and_says_what_it_saw_last(
    seen: Scripted, last: str
) -> None:
    (event,) = await events(watcher(seen, seconds=0.0))
    assert event["state"] == "late"
    assert f"last seen: {last}" in event["detail"]
    assert "Nothing was deleted" in event["detail"]
    assert "repeat this step" in event["detail"]


async def test_what_is_done_at_the_deadline_is_done() -> None:
    (event,) = await events(watcher(Done("ready"), seconds=-5.0))
    assert event["state"] == "done"


async def test_a_state_is_told_when_it_changes_and_not_at_each_look() -> None:
    other = NotYet("3 of 3 nodes are Ready, the group is CREATING")
    trigger = watcher(STILL, STILL, STILL, other, other, STILL, Done("ready"))
    with capture_logs() as told:
        await events(trigger)
    assert [one["event"] for one in told] == [
        STILL.detail,
        other.detail,
        STILL.detail,
    ]


FIRST = [
    pytest.param(Done("ready"), "done", id="done already"),
    pytest.param(STILL, None, id="not yet"),
    pytest.param(Failed("CREATE_FAILED"), None, id="failed: the triggerer tells it"),
    pytest.param(Unreachable("throttled"), None, id="no answer: the triggerer goes on"),
]


@pytest.mark.parametrize(("seen", "state"), FIRST)
async def test_the_probe_first_spares_the_wait_only_when_it_is_done(
    seen: Scripted, state: str | None
) -> None:
    event = await watcher(seen).probe_first()
    assert (event and event["state"]) == state


async def test_a_watch_that_is_cancelled_closes_what_it_opened() -> None:
    trigger = watcher(STILL)
    trigger.poll_seconds = 30.0
    running = asyncio.create_task(events(trigger))
    await trigger.looked.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert trigger.closed


def test_within_counts_the_minutes_from_now() -> None:
    address = ClusterAddress("payments", "aws_payments", "eu-west-1")
    before = time.time()
    trigger = Watcher.within(2, address, poll_seconds=5.0, carry={"n": 1})
    assert 119 < trigger.deadline - before < 125
    assert trigger.address == address
    assert trigger.carry == {"n": 1}


class Drain(EksDrainTrigger):
    """A drain whose tries end as scripted, each after so many seconds."""

    script: list[tuple[float, Exception | DrainResult]]

    async def _drain(self) -> DrainResult:
        seconds, end = self.script.pop(0)
        await asyncio.sleep(seconds)
        if isinstance(end, Exception):
            raise end
        return end


async def test_a_drain_that_worked_for_long_has_its_whole_time_for_a_new_key_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "REFUSED_SECONDS", 0.05)
    monkeypatch.setattr(drain_trigger, "GOOD_SECONDS", 0.1)
    address = ClusterAddress("payments", None, None)
    trigger = Drain.within(
        1.0,
        address,
        poll_seconds=0.0,
        nodegroup_name="workers",
        options={},
        mark="",
        carry=None,
    )
    assert isinstance(trigger, Drain)
    trigger.script = [(0.0, KEYS), (0.2, KEYS), (0.0, DrainResult(moved=3))]
    event = await trigger.ended()
    assert (event["state"], event["data"]["moved"]) == ("done", 3)

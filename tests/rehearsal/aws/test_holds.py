"""Requests that are held before the server acts, or before it answers."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from include.rehearsal.faults.holds import Holds
from include.rehearsal.journal import Request
from tests.rehearsal.aws.aws_lab import Lab, control, lab

NAME = "plain"
SOON = 10.0


def request(**fields: str) -> Request:
    return Request("aws", **{"operation": "UpdateAddon", "cluster": "a", "target": "x", **fields})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param({}, True, id="the operation"),
        pytest.param({"operation": "DeleteAddon"}, False, id="another operation"),
        pytest.param({"side": "kube"}, False, id="the other side"),
        pytest.param({"when": "after"}, False, id="the other moment"),
        pytest.param({"cluster": "a", "target": "x"}, True, id="cluster and object"),
        pytest.param({"cluster": "b"}, False, id="another cluster"),
        pytest.param({"target": "y"}, False, id="another object"),
    ],
)
def test_a_hold_takes_the_request_it_is_for(wanted: dict[str, Any], found: bool) -> None:
    holds = Holds()
    hold = holds.hold(**{"side": "aws", "operation": "UpdateAddon", **wanted})
    assert (holds.take(request(), "before") is hold) is found
    assert hold.arrived.is_set() is found


def test_the_nth_request_is_held_and_only_that() -> None:
    holds = Holds()
    hold = holds.hold("aws", "UpdateAddon", nth=2)
    assert [holds.take(request(), "before") for _ in range(3)] == [None, hold, None]


def test_two_holds_take_two_requests() -> None:
    holds = Holds()
    both = [holds.hold("aws", "UpdateAddon") for _ in range(2)]
    assert [holds.take(request(), "before") for _ in range(3)] == [*both, None]


def test_the_first_verdict_counts() -> None:
    hold = Holds().hold("aws", "UpdateAddon")
    hold.drop()
    hold.release()
    assert hold.wait(SOON) is False


def test_a_request_that_comes_after_its_release_is_not_kept_waiting() -> None:
    holds = Holds()
    with holds.hold("aws", "UpdateAddon"):
        pass
    found = holds.take(request(), "before")
    assert found is not None
    assert found.wait(SOON) is True


def test_waiting_without_a_verdict_ends_with_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        Holds().hold("aws", "UpdateAddon").wait(0.01)


def test_dropping_all_ends_every_wait() -> None:
    holds = Holds()
    held, waiting = holds.hold("aws", "UpdateAddon"), holds.hold("aws", "UpdateAddon")
    holds.take(request(), "before")
    holds.drop_all()
    assert (held.wait(SOON), waiting.wait(SOON)) == (False, False)
    assert holds.take(request(), "before") is None


async def test_an_event_loop_goes_on_while_one_of_its_requests_is_held() -> None:
    hold = Holds().hold("kube", "create pods/eviction")
    waiting = asyncio.create_task(hold.wait_async())
    turns = 0
    for _ in range(5):
        await asyncio.sleep(0)
        turns += 1
    assert not waiting.done()
    threading.Thread(target=hold.release).start()
    assert await asyncio.wait_for(waiting, SOON) is True
    assert turns == 5


async def test_a_cancelled_request_leaves_the_verdict_to_come() -> None:
    hold = Holds().hold("kube", "create pods/eviction")
    waiting = asyncio.create_task(hold.wait_async())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    hold.drop()
    assert await hold.wait_async() is False


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def upgrading(aws: Lab, aside: ThreadPoolExecutor) -> Future[Any]:
    return aside.submit(aws.eks.update_cluster_version, name=NAME, version="1.26")


def status(aws: Lab) -> str:
    return aws.eks.describe_cluster(name=NAME)["cluster"]["status"]


def test_before_nothing_has_happened_and_others_are_answered(
    aws: Lab, aside: ThreadPoolExecutor
) -> None:
    with aws.rehearsal.world.holds.hold("aws", "UpdateClusterVersion", cluster=NAME) as hold:
        call = upgrading(aws, aside)
        assert hold.arrived.wait(SOON)
        assert hold.request is not None
        assert hold.request.body["version"] == "1.26"
        assert status(aws) == "ACTIVE"
        assert not call.done()
    assert call.result(SOON)["update"]["status"] == "InProgress"
    assert status(aws) == "UPDATING"


def test_after_it_has_happened_and_the_client_does_not_know(
    aws: Lab, aside: ThreadPoolExecutor
) -> None:
    with aws.rehearsal.world.holds.hold("aws", "UpdateClusterVersion", "after") as hold:
        call = upgrading(aws, aside)
        assert hold.arrived.wait(SOON)
        assert status(aws) == "UPDATING"
        assert not call.done()
    assert call.result(SOON)["update"]["status"] == "InProgress"


@pytest.mark.parametrize(
    ("when", "expected", "recorded"),
    [
        pytest.param("before", "ACTIVE", (0, "dropped"), id="before"),
        pytest.param("after", "UPDATING", (200, ""), id="after"),
    ],
)
def test_a_dropped_request_gets_no_answer(
    aws: Lab, aside: ThreadPoolExecutor, when: Any, expected: str, recorded: tuple[int, str]
) -> None:
    hold = aws.rehearsal.world.holds.hold("aws", "UpdateClusterVersion", when)
    call = upgrading(aws, aside)
    assert hold.arrived.wait(SOON)
    hold.drop()
    with pytest.raises(ConnectionClosedError):
        call.result(SOON)
    assert status(aws) == expected
    entry = aws.rehearsal.world.journal.changes(cluster=NAME)[-1]
    assert (entry.status, entry.fault) == recorded


def test_simulated_time_goes_on_while_a_request_is_held(
    aws: Lab, aside: ThreadPoolExecutor
) -> None:
    update = aws.eks.update_cluster_version(name=NAME, version="1.26")["update"]
    with aws.rehearsal.world.holds.hold("aws", "DescribeUpdate") as hold:
        call = aside.submit(aws.eks.describe_update, name=NAME, updateId=update["id"])
        assert hold.arrived.wait(SOON)
        aws.pass_time(700)
    assert call.result(SOON)["update"]["status"] == "Successful"


def test_the_rehearsal_stops_although_a_request_is_held(
    aws: Lab, aside: ThreadPoolExecutor
) -> None:
    hold = aws.rehearsal.world.holds.hold("aws", "UpdateClusterVersion")
    call = upgrading(aws, aside)
    assert hold.arrived.wait(SOON)
    aws.rehearsal.stop()
    with pytest.raises(ConnectionClosedError):
        call.result(SOON)


def test_requests_are_held_and_let_go_over_http(aws: Lab, aside: ThreadPoolExecutor) -> None:
    wanted = {"side": "aws", "operation": "UpdateClusterVersion", "when": "after"}
    number = control(aws.rehearsal, "POST", "holds", wanted)["hold"]
    assert control(aws.rehearsal, "GET", "holds")["holds"][0]["arrived"] is False
    call = upgrading(aws, aside)
    while not control(aws.rehearsal, "GET", "holds")["holds"][0]["arrived"]:
        assert not call.done()
    control(aws.rehearsal, "POST", f"holds/{number}/release")
    assert call.result(SOON)["update"]["status"] == "InProgress"

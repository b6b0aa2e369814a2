"""The drain in the triggerer: interrupted, killed, cancelled, begun again."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.lanes import Lane, in_aws_thread
from eks_upgrade_airflow.connection.shared_session import SharedAws, shared_aws
from structlog.testing import capture_logs

from include.rehearsal.kube.faults import Aim
from include.rehearsal.workloads import App
from tests.airflow.drain.drain_lab import SOLO, DrainLab, drain_lab
from tests.airflow.worker import FROM_CONNECTION, resurrected

SLOW = App("shop", "slow", 8, {"maxUnavailable": 1}, start=20, ready=20, stop=20)
"""Half of these eight pods leave one after another, each in a real second."""
DESCRIBE = "DescribeCluster"


@pytest.fixture(scope="module")
def cluster() -> Iterator[DrainLab]:
    with drain_lab(SOLO, SLOW) as made:
        yield made


@pytest.fixture
def lab(cluster: DrainLab) -> DrainLab:
    cluster.begin()
    return cluster


def solo_waits(lab: DrainLab) -> bool:
    """Whether only the pod that can never be evicted is left."""
    return [name.split("-")[0] for name in lab.left()] == ["solo"]


async def until(happened: Any, seconds: float = 20.0) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - another thread's world
            await asyncio.sleep(0.02)


async def test_it_ends_with_a_question_when_a_person_is_to_be_asked(lab: DrainLab) -> None:
    event = await lab.trigger(when_blocked={"never_allowed": "ask"}).ended()
    assert event["state"] == "asks"
    assert solo_waits(lab)
    (block,) = event["data"]["blocks"]
    assert block["class"] == "never_allowed"
    assert event["data"]["moved"] == len(event["data"]["pods"]) - 1
    assert json.loads(json.dumps(event)) == event


async def test_nobody_is_asked_before_it_is_time(lab: DrainLab) -> None:
    ask = {"never_allowed": "ask"}
    began = time.time()
    event = await lab.trigger(60, when_blocked=ask, not_before=began + 8).ended()
    assert event["state"] == "asks"
    assert time.time() - began >= 8
    late = await lab.trigger(1, when_blocked=ask, not_before=began + 3600).ended()
    assert late["state"] == "late"
    assert "shop/solo-" in late["detail"]


async def test_without_an_answer_the_deadline_ends_it_and_names_what_is_left(
    lab: DrainLab,
) -> None:
    event = await lab.trigger(0.5).ended()
    assert event["state"] == "late"
    for name in lab.left():
        assert f"shop/{name}" in event["detail"]


async def test_an_api_server_that_is_away_is_asked_again_at_the_address_it_then_has(
    lab: DrainLab,
) -> None:
    lab.kube.pause()
    trigger = lab.trigger(60, when_blocked={"never_allowed": "ask"})
    with capture_logs() as told:
        running = asyncio.create_task(trigger.ended())
        await until(lambda: any("begins again" in line["event"] for line in told))
        lab.kube.resume()
        event = await running
    assert event["state"] == "asks"
    assert solo_waits(lab)
    assert sum(lab.done(DESCRIBE).values()) >= 2


async def test_credentials_that_ran_out_are_read_anew(lab: DrainLab) -> None:
    lab.rehearsal.world.faults.add("expired_credentials", DESCRIBE, times=2)
    event = await lab.trigger(30, when_blocked={"never_allowed": "ask"}).ended()
    assert event["state"] == "asks"
    assert solo_waits(lab)


async def test_who_is_away_until_the_deadline_is_told_as_being_away(lab: DrainLab) -> None:
    fault = lab.kube.faults.reset(None, aim=Aim("list *"))
    try:
        event = await lab.trigger(1.0).ended()
    finally:
        fault.lift()
    assert event["state"] == "late"
    assert "could not be reached" in event["detail"]
    assert "Nothing was deleted" in event["detail"]


async def test_cancelled_it_stops_at_once_and_nothing_goes_on(lab: DrainLab) -> None:
    running = asyncio.create_task(lab.trigger(60).ended())
    await until(lambda: sum(lab.done("create pods/eviction").values()) >= 1)
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - began < 2
    before = lab.requests()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert others == set()
    await asyncio.sleep(1.5)
    assert lab.requests() == before


async def test_one_that_begins_again_goes_on_and_evicts_no_pod_twice(lab: DrainLab) -> None:
    trigger = lab.trigger(60, when_blocked={"never_allowed": "ask"})
    for evictions in (1, 3):
        running = asyncio.create_task(resurrected(trigger).ended())
        await until(lambda n=evictions: sum(lab.done("create pods/eviction").values()) >= n)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    event = await resurrected(trigger).ended()
    assert event["state"] == "asks"
    assert solo_waits(lab)
    assert set(lab.done("create pods/eviction").values()) == {1}


async def test_the_letter_survives_the_way_to_another_triggerer(lab: DrainLab) -> None:
    trigger = lab.trigger(60, when_blocked={"refused": "fail"}, not_before=5.0)
    again = resurrected(trigger)
    assert again.serialize() == trigger.serialize()
    assert again.deadline == trigger.deadline


class Counted(ClusterAddress):
    """An address that counts the sessions made from it: each costs 0.2 s of processor time."""

    made: ClassVar[list[Any]] = []

    def session(self) -> Any:
        self.made.append(super().session())
        return self.made[-1]


async def test_hundreds_of_drains_that_begin_together_share_one_session(lab: DrainLab) -> None:
    shared = SharedAws(Counted("plain", "aws_default", lab.address.region))
    before = set(threading.enumerate())  # other tests have lanes as well
    waits = (in_aws_thread(shared, lambda: shared.access("plain")) for _ in range(300))
    accesses = await asyncio.gather(*waits)
    assert len(Counted.made) == 1
    assert {access.endpoint for access in accesses} == {lab.kube.url("plain")}
    assert sum(lab.done(DESCRIBE).values()) == 1
    made = [each.name for each in threading.enumerate() if each not in before]
    assert len([name for name in made if name.startswith("eks-upgrade-access")]) <= (
        Lane.ACCESS.value
    )


def test_all_addresses_of_a_connection_share_in_one_environment(
    lab: DrainLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = lab.address, replace(lab.address, cluster="another")
    assert shared_aws(one) is shared_aws(other)
    assert shared_aws(one) is not shared_aws(replace(one, region="eu-north-1"))
    before = shared_aws(one)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert shared_aws(one) is not before


def test_credentials_that_were_changed_in_the_connection_are_taken_up_by_the_next_token(
    lab: DrainLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connected_as(key: str) -> None:
        value = {"conn_type": "aws", "login": key, "password": "wJalrXUtnFEMI/K7MDENG"}
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(value))

    seconds = [0.0]
    shared = SharedAws(lab.address, now=lambda: seconds[0])
    connected_as("AKIAFIRST00000000000")
    first = key_of(shared.token("plain"))
    connected_as("AKIASECOND0000000000")
    assert key_of(shared.token("plain")) == first == "AKIAFIRST00000000000"
    seconds[0] = 31.0
    assert key_of(shared.token("plain")) == "AKIASECOND0000000000"
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", FROM_CONNECTION)


def key_of(token: str) -> str:
    """Which access key signed a token."""
    import base64
    from urllib.parse import parse_qs, urlsplit

    signed = token.removeprefix("k8s-aws-v1.")
    url = base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4)).decode()
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]

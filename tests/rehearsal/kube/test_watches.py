"""Watches that break, end or come too late, over HTTPS."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import kubernetes_asyncio
import pytest

from tests.rehearsal.kube.kube_lab import Lab, pod
from tests.rehearsal.kube.test_api import configured

PODS, NODES = "/api/v1/namespaces/shop/pods", "/api/v1/nodes"


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    made.add_node("blue-0")
    with made.clock.lock:
        for name in ("a", "b", "c"):
            made.cluster.apply(pod(name))
    made.settle()
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@asynccontextmanager
async def watching(lab: Lab, path: str) -> AsyncIterator[aiohttp.ClientResponse]:
    """An open watch from now on."""
    version = lab.request("GET", path)[1]["metadata"]["resourceVersion"]
    context = ssl.create_default_context(cadata=lab.server.ca_pem)
    query = {"watch": "1", "resourceVersion": version}
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.get(
            lab.url + path, params=query, headers={"Authorization": f"Bearer {lab.token}"}
        ) as response,
        asyncio.timeout(10),
    ):
        yield response
        transport = response.connection.transport if response.connection else None
        if transport is not None:  # a TLS goodbye would outlive the test's loop
            transport.abort()


def label(lab: Lab, plural: str, namespace: str | None, name: str, value: str) -> None:
    def edit(obj: dict[str, Any]) -> None:
        obj["metadata"].setdefault("labels", {})["turn"] = value

    with lab.clock.lock:
        lab.cluster.store.change(plural, namespace, name, edit)


async def test_a_dropped_watch_breaks_off_in_the_middle_of_a_line(lab: Lab) -> None:
    async with watching(lab, PODS) as watch:
        label(lab, "pods", "shop", "a", "1")
        line = json.loads(await watch.content.readline())
        assert line["object"]["metadata"]["labels"]["turn"] == "1"
        assert lab.server.drop_watches("pods") == 1
        with pytest.raises(aiohttp.ClientPayloadError):
            await watch.content.readline()


async def test_an_ended_watch_is_a_whole_answer(lab: Lab) -> None:
    async with watching(lab, PODS) as watch:
        label(lab, "pods", "shop", "a", "1")
        assert lab.server.end_watches() == 1
        events = (await watch.read()).splitlines()
        assert [json.loads(line)["type"] for line in events] == ["MODIFIED"]


async def test_only_watches_of_the_kind_and_cluster_are_dropped(lab: Lab) -> None:
    async with watching(lab, NODES) as nodes, watching(lab, PODS) as pods:
        assert lab.server.drop_watches("nodes", cluster="other") == 0
        assert lab.server.drop_watches("nodes") == 1
        with pytest.raises(aiohttp.ClientPayloadError):
            await nodes.read()
        label(lab, "pods", "shop", "a", "1")
        assert json.loads(await pods.content.readline())["type"] == "MODIFIED"


async def test_many_changes_at_once_arrive_whole_and_in_their_order(lab: Lab) -> None:
    async with watching(lab, PODS) as one, watching(lab, PODS) as two:
        for turn in range(300):
            label(lab, "pods", "shop", "abc"[turn % 3], str(turn))
        for watch in (one, two):
            events = [json.loads(await watch.content.readline()) for _ in range(300)]
            turns = [each["object"]["metadata"]["labels"]["turn"] for each in events]
            assert turns == [str(turn) for turn in range(300)]


def watch_from(lab: Lab, path: str, version: str) -> tuple[int, Any]:
    query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "0.2"}
    answer = lab.raw("GET", path, query=query)
    return answer.status, [json.loads(line) for line in answer.data.splitlines()]


def test_an_expired_version_is_told_in_the_stream(lab: Lab) -> None:
    version = lab.request("GET", PODS)[1]["metadata"]["resourceVersion"]
    lab.server.expire_versions("pods")
    status, events = watch_from(lab, PODS, version)
    assert status == 200
    (error,) = events
    assert error["type"] == "ERROR"
    assert error["object"]["message"].startswith(f"too old resource version: {version} (")
    found = {key: error["object"][key] for key in ("kind", "status", "reason", "code")}
    assert found == {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410}


def test_an_expired_version_can_be_a_status_of_http(lab: Lab) -> None:
    version = lab.request("GET", PODS)[1]["metadata"]["resourceVersion"]
    lab.server.expire_versions("pods", plainly=True)
    status, events = watch_from(lab, PODS, version)
    assert (status, events[0]["code"], events[0]["reason"]) == (410, 410, "Expired")


@pytest.mark.parametrize("plainly", [False, True])
def test_who_lists_again_can_watch_again(lab: Lab, *, plainly: bool) -> None:
    lab.server.expire_versions("pods", plainly=plainly)
    version = lab.request("GET", PODS)[1]["metadata"]["resourceVersion"]
    assert watch_from(lab, PODS, version) == (200, [])


def test_other_kinds_are_not_expired(lab: Lab) -> None:
    version = lab.request("GET", NODES)[1]["metadata"]["resourceVersion"]
    lab.server.expire_versions("pods")
    assert watch_from(lab, NODES, version) == (200, [])


def test_a_watch_from_anywhere_is_not_too_old(lab: Lab) -> None:
    lab.server.expire_versions(plainly=True)
    for version in ("", "0"):
        status, events = watch_from(lab, PODS, version)
        assert (status, [each["type"] for each in events]) == (200, ["ADDED"] * 3)


def test_a_list_that_went_on_too_late_gets_a_token_to_end_it_all_the_same(lab: Lab) -> None:
    page = lab.request("GET", PODS, query={"limit": "1"})[1]
    query = {"limit": "5", "continue": page["metadata"]["continue"]}
    lab.server.expire_versions("pods")
    status, error = lab.request("GET", PODS, query=query)
    assert (status, error["reason"], error["code"]) == (410, "Expired", 410)
    assert "The provided continue parameter is too old" in error["message"]
    rest = lab.request("GET", PODS, query={"continue": error["metadata"]["continue"]})[1]
    assert [each["metadata"]["name"] for each in rest["items"]] == ["b", "c"]
    assert "continue" not in rest["metadata"]


async def test_the_asyncio_client_sees_410_as_its_own_exception(lab: Lab, tmp_path: Any) -> None:
    config = configured(kubernetes_asyncio, lab, tmp_path)
    async with kubernetes_asyncio.client.ApiClient(config) as api:
        core = kubernetes_asyncio.client.CoreV1Api(api)
        version = (await core.list_namespaced_pod("shop")).metadata.resource_version
        lab.server.expire_versions("pods", plainly=True)
        async with kubernetes_asyncio.watch.Watch() as watch:
            stream = watch.stream(core.list_namespaced_pod, "shop", resource_version=version)
            with pytest.raises(kubernetes_asyncio.client.ApiException) as caught:
                await anext(stream)
        assert caught.value.status == 410

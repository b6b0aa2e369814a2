"""What can be made to go wrong with requests, as real clients over HTTPS see it."""

import asyncio
import gc
import json
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import urllib3

from include.rehearsal.kube.faults import Aim
from tests.rehearsal.kube.kube_lab import Lab, pod

PODS, NODES = "/api/v1/namespaces/shop/pods", "/api/v1/nodes"
EVICT = f"{PODS}/bare/eviction"


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    made.add_node("blue-0")
    with made.clock.lock:
        for name in ("bare", "other"):
            made.cluster.apply(pod(name))
    made.settle()
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@asynccontextmanager
async def client(lab: Lab) -> AsyncIterator[aiohttp.ClientSession]:
    """aiohttp, as the project's own Kubernetes client uses it."""
    context = ssl.create_default_context(cadata=lab.server.ca_pem)
    headers = {"Authorization": f"Bearer {lab.token}"}
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        yield session


def is_there(lab: Lab, name: str = "bare") -> bool:
    found = lab.cluster.store.find("pods", "shop", name)
    return found is not None and "deletionTimestamp" not in found["metadata"]


@pytest.mark.parametrize(
    ("code", "reason", "message"),
    [
        pytest.param(
            403,
            "Forbidden",
            'admission webhook "guard.example.com" denied the request: not on a Friday',
            id="forbidden",
        ),
        pytest.param(
            400,
            "BadRequest",
            'admission webhook "guard.example.com" denied the request: not on a Friday',
            id="bad request",
        ),
        pytest.param(
            500,
            "InternalError",
            'Internal error occurred: failed calling webhook "guard.example.com": failed to call '
            'webhook: Post "https://guard.webhooks.svc:443/validate?timeout=10s": not on a Friday',
            id="not reachable",
        ),
    ],
)
def test_a_webhook_refuses_evictions_until_it_is_lifted(
    lab: Lab, code: int, reason: str, message: str
) -> None:
    fault = lab.server.refuse_evictions("not on a Friday", code=code)
    for _ in range(2):
        status, body = lab.request("POST", EVICT, {})
        assert (status, body["code"], body["reason"], body["message"]) == (
            code,
            code,
            reason,
            message,
        )
    assert is_there(lab)
    fault.lift()
    assert lab.request("POST", EVICT, {})[0] == 201
    assert fault.struck == 2


def test_a_denial_names_no_right_that_is_missing_and_no_budget(lab: Lab) -> None:
    lab.server.refuse_evictions("no")
    body = lab.request("POST", EVICT, {})[1]
    assert "cannot create" not in body["message"]
    assert "details" not in body


@pytest.mark.parametrize(
    ("aim", "refused"),
    [
        pytest.param({"name_prefix": "ba"}, {"bare"}, id="by name"),
        pytest.param({"namespace": "shop"}, {"bare", "other"}, id="by namespace"),
        pytest.param({"namespace": "elsewhere"}, set(), id="another namespace"),
        pytest.param({"namespace": "shop", "name_prefix": "oth"}, {"other"}, id="by both"),
    ],
)
def test_a_webhook_looks_after_the_pods_it_was_told(
    lab: Lab, aim: dict[str, str], refused: set[str]
) -> None:
    lab.server.refuse_evictions("no", **aim)
    got = {
        name: lab.request("POST", f"{PODS}/{name}/eviction", {})[0] for name in ("bare", "other")
    }
    assert {name for name, status in got.items() if status == 403} == refused


def test_a_webhook_is_not_asked_about_a_pod_that_is_not_there(lab: Lab) -> None:
    lab.server.refuse_evictions("no")
    assert lab.request("POST", f"{PODS}/nobody/eviction", {})[0] == 404


def test_a_right_is_missed_before_a_webhook_is_asked(lab: Lab) -> None:
    lab.server.refuse_evictions("no")
    lab.server.forbid("create", "pods/eviction")
    assert "cannot create" in lab.request("POST", EVICT, {})[1]["message"]


def test_a_reset_before_the_action_leaves_everything_as_it_was(lab: Lab) -> None:
    lab.server.faults.reset(aim=Aim("create pods/eviction"))
    with pytest.raises(urllib3.exceptions.ProtocolError):
        lab.request("POST", EVICT, {})
    assert is_there(lab)
    assert lab.request("POST", EVICT, {})[0] == 201


def test_a_reset_after_the_action_hides_that_it_was_done(lab: Lab) -> None:
    lab.server.faults.reset(after=True)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        lab.request("POST", EVICT, {})
    assert not is_there(lab)


async def test_a_reset_is_a_connection_error_to_aiohttp(lab: Lab) -> None:
    lab.server.faults.reset(2)
    async with client(lab) as session:
        for _ in range(2):
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.post(lab.url + EVICT, json={})
        async with session.get(lab.url + NODES) as response:
            assert response.status == 200


def test_throttling_has_a_time_to_wait_and_no_budget_behind_it(lab: Lab) -> None:
    lab.server.faults.throttle(1, retry_after=7)
    answer = lab.raw("POST", EVICT, {})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert answer.data == b"Too many requests, please try again later.\n"
    assert is_there(lab)
    assert lab.request("POST", EVICT, {})[0] == 201


@pytest.mark.parametrize("status", [500, 503, 504])
def test_a_server_in_trouble_does_nothing(lab: Lab, status: int) -> None:
    lab.server.faults.fail(status, 2, aim=Aim("create *"))
    got = [lab.request("POST", EVICT, {}) for _ in range(2)]
    assert [each[0] for each in got] == [each[1]["code"] for each in got] == [status] * 2
    assert is_there(lab)
    assert lab.request("POST", EVICT, {})[0] == 201


def test_a_status_nobody_has_words_for_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="418"):
        lab.server.faults.fail(418)


async def test_a_truncated_body_breaks_off(lab: Lab) -> None:
    lab.server.faults.truncate(aim=Aim("list pods"))
    async with client(lab) as session:
        async with session.get(lab.url + PODS) as response:
            assert response.status == 200
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
        async with session.get(lab.url + PODS) as response:
            assert len((await response.json())["items"]) == 2


def test_a_body_cut_off_by_somebody_else_is_whole_to_http_and_broken_to_json(lab: Lab) -> None:
    lab.server.faults.truncate(ended=True)
    answer = lab.raw("GET", PODS)
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.data)


async def test_a_slow_answer_keeps_nobody_else_waiting(lab: Lab) -> None:
    lab.server.faults.slow(1.0, aim=Aim("list nodes"))
    async with client(lab) as session:
        begin = time.monotonic()

        async def get(path: str) -> float:
            async with session.get(lab.url + path) as response:
                assert response.status == 200
            return time.monotonic() - begin

        slow, quick = await asyncio.gather(get(NODES), get(PODS))
    assert slow >= 1.0 > quick


def test_faults_are_listed_while_they_can_strike_and_can_all_be_lifted(lab: Lab) -> None:
    lab.server.faults.fail(503, None)
    lab.server.faults.reset(1, aim=Aim("get nodes"))
    lab.request("GET", PODS)
    shown = lab.server.faults.as_json()
    assert [(each["kind"], each["left"], each["struck"]) for each in shown] == [
        ("http503", None, 1),
        ("reset", 1, 0),
    ]
    lab.server.faults.lift_all()
    assert lab.server.faults.as_json() == []
    assert lab.request("GET", PODS)[0] == 200


async def test_a_paused_server_resets_and_refuses_until_it_resumes_on_its_port(lab: Lab) -> None:
    async with client(lab) as session:
        async with session.get(lab.url + NODES) as response:
            assert response.status == 200  # a connection is kept alive
        query = {"watch": "1", "resourceVersion": "0"}
        async with session.get(lab.url + PODS, params=query) as watch:
            lab.server.pause()
            with pytest.raises(aiohttp.ClientError):
                await watch.read()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(lab.url + NODES)
        lab.server.pause()  # harmless
        lab.server.resume()
        lab.server.resume()  # harmless
        async with session.get(lab.url + NODES) as response:
            assert response.status == 200


def test_a_pause_can_end_by_itself_in_simulated_time(lab: Lab) -> None:
    lab.server.pause(60)
    with pytest.raises(urllib3.exceptions.HTTPError):
        lab.request("GET", NODES)
    lab.clock.advance(61)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:  # the port is opened by the server's own thread
        try:
            status, _ = lab.request("GET", NODES)
            break
        except urllib3.exceptions.HTTPError:
            time.sleep(0.01)
    assert status == 200


def test_connections_that_are_made_while_it_pauses_leave_no_socket_open(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", left.append)
    for _ in range(20):
        callers = [socket.create_connection(("127.0.0.1", port_of(lab))) for _ in range(10)]
        lab.server.pause()
        lab.server.resume()
        for caller in callers:
            caller.close()
    gc.collect()
    assert left == []


def test_nobody_else_gets_the_port_of_a_paused_server(lab: Lab) -> None:
    lab.server.pause()
    with Other(port_of(lab)) as refused:
        assert refused
    lab.server.resume()
    assert lab.request("GET", NODES)[0] == 200


def port_of(lab: Lab) -> int:
    return int(lab.url.split(":")[2].split("/")[0])


class Other:
    """Another program that wants the port for itself; true when it was refused."""

    def __init__(self, port: int) -> None:
        self._socket, self._port = socket.socket(), port

    def __enter__(self) -> bool:
        try:
            self._socket.bind(("127.0.0.1", self._port))
        except OSError:
            return True
        return False

    def __exit__(self, *_: Any) -> None:
        self._socket.close()


def test_a_server_that_was_not_started_cannot_be_paused() -> None:
    from include.rehearsal.clock import SimClock
    from include.rehearsal.kube.api.server import KubeServer

    server = KubeServer({}, SimClock(), credentials={}, allowed_hosts=())
    with pytest.raises(RuntimeError, match="not started"):
        server.pause()

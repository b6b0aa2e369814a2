"""What is written down of each request, and requests that are held on purpose."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import aiohttp
import pytest
import urllib3

from include.rehearsal.kube.faults import Aim
from tests.rehearsal.kube.kube_lab import Lab, deployment, pod

PODS, NODES = "/api/v1/namespaces/shop/pods", "/api/v1/nodes"
EVICT = f"{PODS}/bare/eviction"
MERGE = {"Content-Type": "application/merge-patch+json"}
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    made.add_node("blue-0")
    with made.clock.lock:
        made.cluster.apply(pod("bare"))
        made.cluster.apply(deployment("web", 1))
    made.settle()
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@pytest.fixture(name="background")
def a_background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "recorded"),
    [
        pytest.param(
            "POST", EVICT, {}, {}, ("create pods/eviction", "shop/bare", True, 201), id="evict"
        ),
        pytest.param(
            "POST",
            EVICT,
            {"deleteOptions": {"dryRun": ["All"]}},
            {},
            ("create pods/eviction", "shop/bare", False, 201),
            id="dry run in the body",
        ),
        pytest.param(
            "POST",
            EVICT,
            {},
            {"dryRun": "All"},
            ("create pods/eviction", "shop/bare", False, 201),
            id="dry run in the query",
        ),
        pytest.param(
            "PATCH",
            f"{NODES}/blue-0",
            {"spec": {"unschedulable": True}},
            {},
            ("patch nodes", "blue-0", True, 200),
            id="cordon",
        ),
        pytest.param("GET", NODES, None, {}, ("list nodes", "", False, 200), id="list"),
        pytest.param("GET", PODS, None, {}, ("list pods", "shop/", False, 200), id="list there"),
        pytest.param(
            "GET",
            PODS,
            None,
            {"watch": "1", "timeoutSeconds": "0.1"},
            ("watch pods", "shop/", False, 200),
            id="watch",
        ),
        pytest.param(
            "GET", f"{PODS}/nope", None, {}, ("get pods", "shop/nope", False, 404), id="not found"
        ),
        pytest.param(
            "POST",
            LEASES,
            {"metadata": {"name": "lock"}},
            {},
            ("create leases", "kube-system/lock", True, 201),
            id="create by name",
        ),
        pytest.param(
            "PATCH",
            "/apis/apps/v1/namespaces/shop/deployments/web/scale",
            {"spec": {"replicas": 2}},
            {},
            ("patch deployments/scale", "shop/web", True, 200),
            id="subresource",
        ),
        pytest.param(
            "DELETE", PODS, None, {}, ("deletecollection pods", "shop/", True, 200), id="all"
        ),
        pytest.param("GET", "/version", None, {}, ("get /version", "", False, 200), id="version"),
        pytest.param("GET", "/apis/no", None, {}, ("get /apis/no", "", False, 404), id="no path"),
        pytest.param(
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}},
            {},
            ("create selfsubjectaccessreviews", "", False, 201),
            id="review",
        ),
        pytest.param("POST", PODS, b"{", {}, (f"post {PODS}", "", False, 400), id="unreadable"),
    ],
)
def test_a_request_is_written_down(
    lab: Lab, method: str, path: str, body: Any, query: dict[str, str], recorded: tuple[Any, ...]
) -> None:
    lab.raw(method, path, body, query=query, headers=MERGE if method == "PATCH" else {})
    (entry,) = lab.server.journal.entries(side="kube", cluster="demo")
    assert (entry.operation, entry.target, entry.changes, entry.status) == recorded


def test_the_uid_of_a_precondition_and_the_patch_tell_calls_apart(lab: Lab) -> None:
    uid = lab.cluster.store.get("pods", "shop", "bare")["metadata"]["uid"]
    lab.request("POST", EVICT, {"deleteOptions": {"preconditions": {"uid": uid}}})
    lab.request("DELETE", f"{PODS}/bare", {"preconditions": {"uid": "another"}})
    patch = {"spec": {"unschedulable": True}}
    lab.request("PATCH", f"{NODES}/blue-0", patch, headers=MERGE)
    assert [dict(each.body) for each in lab.server.journal.changes()] == [
        {"name": "bare", "uid": uid},
        {"name": "bare", "uid": "another"},
        {"name": "blue-0", "patch": patch},
    ]


def test_no_token_is_written_down(lab: Lab) -> None:
    lab.request("GET", NODES)
    lab.request("GET", NODES, headers={"Authorization": "Bearer secret-token"})
    text = repr(lab.server.journal.entries())
    assert lab.token not in text
    assert "secret-token" not in text
    assert [each.status for each in lab.server.journal.entries()] == [200, 401]


def test_requests_are_counted_by_cluster(lab: Lab) -> None:
    lab.request("GET", NODES)
    lab.request("GET", NODES)
    lab.request("POST", EVICT, {})
    lab.request("POST", f"{PODS}/nope/eviction", {})
    expected = {
        ("list nodes", 200): 2,
        ("create pods/eviction", 201): 1,
        ("create pods/eviction", 404): 1,
    }
    assert lab.server.counts() == lab.server.counts("demo") == expected
    assert lab.server.counts("other") == {}


@pytest.mark.parametrize(
    ("after", "status", "done"),
    [pytest.param(False, 0, False, id="before"), pytest.param(True, 201, True, id="after")],
)
def test_a_reset_is_written_down_with_what_was_done(
    lab: Lab, *, after: bool, status: int, done: bool
) -> None:
    lab.server.faults.reset(aim=Aim("create *"), after=after)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        lab.request("POST", EVICT, {})
    (entry,) = lab.server.journal.changes()
    assert (entry.status, entry.fault, entry.done) == (status, "reset", done)


def test_a_denial_by_a_webhook_is_told_from_other_refusals(lab: Lab) -> None:
    lab.server.refuse_evictions("no")
    lab.request("POST", EVICT, {})
    lab.server.forbid("create", "pods/eviction")
    lab.request("POST", EVICT, {})
    recorded = [(each.status, each.fault) for each in lab.server.journal.changes()]
    assert recorded == [(403, "webhook"), (403, "")]


def is_going(lab: Lab) -> bool:
    with lab.clock.lock:
        found = lab.cluster.store.get("pods", "shop", "bare")
    return "deletionTimestamp" in found["metadata"]


def evicting(lab: Lab, background: ThreadPoolExecutor) -> Future[int]:
    return background.submit(lambda: lab.request("POST", EVICT, {})[0])


@pytest.mark.parametrize(
    ("when", "acted"),
    [pytest.param("before", False, id="before"), pytest.param("after", True, id="after")],
)
def test_a_held_request_waits_and_keeps_nobody_else_waiting(
    lab: Lab, background: ThreadPoolExecutor, when: Any, *, acted: bool
) -> None:
    hold = lab.server.holds.hold("kube", "create pods/eviction", when, cluster="demo")
    answer = evicting(lab, background)
    assert hold.arrived.wait(20)
    assert is_going(lab) is acted  # takes the clock's lock
    assert lab.request("GET", NODES)[0] == 200
    assert not answer.done()
    hold.release()
    assert answer.result(20) == 201
    assert is_going(lab)


@pytest.mark.parametrize(
    ("when", "acted", "status"),
    [pytest.param("before", False, 0, id="before"), pytest.param("after", True, 201, id="after")],
)
def test_a_dropped_request_has_no_answer(
    lab: Lab, background: ThreadPoolExecutor, when: Any, *, acted: bool, status: int
) -> None:
    hold = lab.server.holds.hold("kube", "create pods/eviction", when)
    answer = evicting(lab, background)
    assert hold.arrived.wait(20)
    hold.drop()
    with pytest.raises(urllib3.exceptions.ProtocolError):
        answer.result(20)
    assert is_going(lab) is acted
    (entry,) = lab.server.journal.changes()
    assert (entry.status, entry.fault) == (status, "dropped")


async def test_the_request_of_a_client_that_is_killed_while_it_waits_is_done(lab: Lab) -> None:
    hold = lab.server.holds.hold("kube", "create pods/eviction", "after")
    context = ssl.create_default_context(cadata=lab.server.ca_pem)
    headers = {"Authorization": f"Bearer {lab.token}"}
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        posting = asyncio.create_task(session.post(lab.url + EVICT, json={}))
        await asyncio.to_thread(hold.arrived.wait, 20)
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
    hold.release()
    assert is_going(lab)
    assert lab.request("GET", NODES)[0] == 200


def test_a_watch_that_is_held_can_be_dropped(lab: Lab, background: ThreadPoolExecutor) -> None:
    hold = lab.server.holds.hold("kube", "watch pods", "after")
    query = {"watch": "1"}
    answer = background.submit(lambda: lab.raw("GET", PODS, query=query))
    assert hold.arrived.wait(20)
    hold.drop()
    with pytest.raises(urllib3.exceptions.ProtocolError):
        answer.result(20)


def test_a_server_stops_while_a_request_is_held(lab: Lab, background: ThreadPoolExecutor) -> None:
    hold = lab.server.holds.hold("kube", "create pods/eviction")
    answer = evicting(lab, background)
    assert hold.arrived.wait(20)
    lab.server.stop()
    with pytest.raises(urllib3.exceptions.HTTPError):
        answer.result(20)
    assert not [each for each in threading.enumerate() if each.name == "rehearsal-kube"]

"""The HTTP side of the rehearsal's Kubernetes API, and the Python clients against it."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import kubernetes
import kubernetes_asyncio
import pytest

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.api.server import KubeServer
from tests.rehearsal.kube.kube_lab import Lab, budget, deployment, pod

JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
PODS, NODES = "/api/v1/namespaces/shop/pods", "/api/v1/nodes"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    made.add_node("blue-0")
    with made.clock.lock:
        made.cluster.apply(deployment("web", 2))
        made.cluster.apply(pod("bare"))
    made.settle()
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "message"),
    [
        pytest.param("GET", "/api/v1/nosuch", None, {}, 404, "404 page not found", id="no kind"),
        pytest.param("PUT", PODS, {}, {}, 405, "does not allow this method", id="PUT collection"),
        pytest.param("GET", f"{PODS}/bare/eviction", None, {}, 405, "method", id="GET eviction"),
        pytest.param("POST", PODS, b"{", {}, 400, "error decoding", id="broken JSON"),
        pytest.param(
            "POST", PODS, b"x", {"Content-Type": "text/plain"}, 415, "unknown format", id="text"
        ),
        pytest.param("PATCH", f"{PODS}/bare", {}, {}, 415, "merge-patch", id="patch as JSON"),
        pytest.param("POST", PODS, {"kind": "Node"}, {}, 400, "does not match", id="other kind"),
        pytest.param(
            "POST",
            "/api/v1/namespaces/nowhere/pods",
            pod("a", namespace="nowhere"),
            {},
            404,
            'namespaces "nowhere" not found',
            id="no namespace",
        ),
        pytest.param("POST", PODS, pod("a", namespace="x"), {}, 400, "namespace", id="namespaces"),
        pytest.param("PUT", f"{PODS}/bare", pod("other"), {}, 400, "name", id="another name"),
        pytest.param("POST", PODS, {"metadata": {"name": "a"}}, {}, 422, "containers", id="empty"),
        pytest.param("POST", PODS, pod("Bad_Name"), {}, 422, "RFC 1123", id="bad name"),
        pytest.param(
            "PATCH", f"{PODS}/bare", {"spec": {"nodeName": "x"}}, MERGE, 422, "may not", id="move"
        ),
        pytest.param(
            "PATCH",
            f"{DEPLOYMENTS}/web",
            {"spec": {"selector": {"matchLabels": {"a": "b"}}}},
            MERGE,
            422,
            "field is immutable",
            id="selector",
        ),
        pytest.param(
            "PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": -1}}, MERGE, 422, "0", id="minus"
        ),
        pytest.param(
            "PATCH",
            f"{NODES}/blue-0",
            {"spec": {"unschedulable": "yes"}},
            MERGE,
            400,
            "cannot unmarshal string",
            id="wrong type",
        ),
        pytest.param(
            "PATCH",
            f"{NODES}/blue-0",
            {"spec": {"taints": [{"key": "a", "effect": "No"}]}},
            MERGE,
            422,
            "Unsupported value",
            id="taint",
        ),
        pytest.param(
            "POST",
            "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
            budget("b", "web", minAvailable=1, maxUnavailable=1),
            {},
            422,
            "cannot be both set",
            id="two rules",
        ),
        pytest.param(
            "PATCH", f"{PODS}/bare", [{"op": "no", "path": "/a"}], JSON_PATCH, 422, "", id="op"
        ),
    ],
)
def test_a_bad_request_is_refused(  # noqa: PLR0917 - one column per argument
    lab: Lab, method: str, path: str, body: Any, headers: dict, status: int, message: str
) -> None:
    before = lab.cluster.store.version
    got, answer = lab.request(method, path, body, headers=headers)
    assert (got, message in str(answer)) == (status, True), answer
    assert lab.cluster.store.version == before


def test_pages_hold_every_object_once(lab: Lab) -> None:
    seen, query = [], {"limit": "1"}
    while True:
        body = lab.request("GET", PODS, query=query)[1]
        seen += [each["metadata"]["name"] for each in body["items"]]
        if "continue" not in body["metadata"]:
            break
        assert body["metadata"]["remainingItemCount"] == 3 - len(seen)
        query = {"limit": "1", "continue": body["metadata"]["continue"]}
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 3


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("POST", PODS, pod("new"), id="create"),
        pytest.param("PATCH", f"{NODES}/blue-0", {"spec": {"unschedulable": True}}, id="patch"),
        pytest.param("DELETE", f"{PODS}/bare", None, id="delete"),
        pytest.param("DELETE", PODS, None, id="delete all"),
        pytest.param("POST", f"{PODS}/bare/eviction", {}, id="evict"),
    ],
)
def test_a_dry_run_changes_nothing(lab: Lab, method: str, path: str, body: Any) -> None:
    before = lab.cluster.store.version
    headers = MERGE if method == "PATCH" else {}
    status, _ = lab.request(method, path, body, query={"dryRun": "All"}, headers=headers)
    assert status in (200, 201)
    assert lab.cluster.store.version == before


def test_the_status_is_left_alone_by_a_write_of_the_object(lab: Lab) -> None:
    body = lab.request("GET", f"{DEPLOYMENTS}/web")[1]
    changed = {**body, "status": {}, "spec": {**body["spec"], "replicas": 3}}
    status, answer = lab.request("PUT", f"{DEPLOYMENTS}/web", changed)
    assert (status, answer["status"], answer["spec"]["replicas"]) == (200, body["status"], 3)


def test_the_spec_is_left_alone_by_a_write_of_the_status(lab: Lab) -> None:
    patch = {"spec": {"unschedulable": True}, "status": {"phase": "x"}}
    answer = lab.request("PATCH", f"{NODES}/blue-0/status", patch, headers=MERGE)[1]
    assert "unschedulable" not in answer["spec"]
    assert answer["status"]["phase"] == "x"


def test_scale_is_read_and_written(lab: Lab) -> None:
    path = f"{DEPLOYMENTS}/web/scale"
    assert lab.request("GET", path)[1]["spec"] == {"replicas": 2}
    assert lab.request("PATCH", path, {"spec": {"replicas": 5}}, headers=MERGE)[0] == 200
    lab.settle()
    assert len(lab.request("GET", PODS, query={"labelSelector": "app=web"})[1]["items"]) == 5


def test_a_collection_is_deleted_by_its_selector(lab: Lab) -> None:
    with lab.clock.lock:
        lab.cluster.delete("deployments", "shop", "web", {})
    lab.request("DELETE", PODS, query={"labelSelector": "app=web"})
    lab.settle(60)
    left = lab.request("GET", PODS)[1]["items"]
    assert [each["metadata"]["name"] for each in left] == ["bare"]


def test_an_object_is_not_a_table_unless_asked(lab: Lab) -> None:
    assert lab.request("GET", f"{PODS}/bare")[1]["kind"] == "Pod"
    table = lab.request("GET", NODES, headers=TABLE)[1]
    names = [column["name"] for column in table["columnDefinitions"]]
    assert table["kind"] == "Table"
    assert dict(zip(names, table["rows"][0]["cells"], strict=True))["Version"].startswith("v1.25")


def test_a_right_taken_away_is_missed_until_it_is_given_back(lab: Lab) -> None:
    lab.server.forbid("list", "nodes")
    assert lab.request("GET", NODES)[0] == 403
    assert lab.request("GET", f"{NODES}/blue-0")[0] == 200
    lab.server.allow_all()
    assert lab.request("GET", NODES)[0] == 200


def test_another_cluster_is_not_found(lab: Lab) -> None:
    lab.url = lab.server.url("other")
    assert lab.request("GET", NODES) == (404, "404 page not found\n")


def follow(lab: Lab, path: str, seconds: float = 0.3, **query: str) -> list[dict[str, Any]]:
    given = {"watch": "true", "timeoutSeconds": str(seconds), **query}
    events = lab.raw("GET", path, query=given).data.decode()
    return [json.loads(line) for line in events.splitlines()]


def test_a_watch_begins_with_what_is_there(lab: Lab) -> None:
    events = follow(lab, PODS, sendInitialEvents="true", resourceVersionMatch="NotOlderThan")
    assert [each["type"] for each in events] == ["ADDED"] * 3 + ["BOOKMARK"]
    notes = events[-1]["object"]["metadata"]["annotations"]
    assert notes == {"k8s.io/initial-events-end": "true"}


def test_a_watch_hears_of_a_change_made_in_another_thread(lab: Lab) -> None:
    version = lab.request("GET", NODES)[1]["metadata"]["resourceVersion"]
    lines: list[dict[str, Any]] = []
    watcher = threading.Thread(
        target=lambda: lines.extend(follow(lab, NODES, 1.0, resourceVersion=version))
    )
    watcher.start()
    time.sleep(0.2)  # the watch is real I/O: it must be open before the change
    with lab.clock.lock:
        lab.cluster.store.change(
            "nodes", None, "blue-0", lambda node: node["spec"].update(unschedulable=True)
        )
    watcher.join()
    assert lines[0]["type"] == "MODIFIED"
    assert lines[0]["object"]["spec"]["unschedulable"] is True


def test_a_watch_from_a_forgotten_version_is_told_so(lab: Lab) -> None:
    lab.request("GET", NODES)
    events = follow(lab, NODES, resourceVersion="1")
    assert [(each["type"], each["object"]["code"]) for each in events] == [("ERROR", 410)]


def test_time_passes_for_those_who_only_watch() -> None:
    lab = Lab(speed=100)
    try:
        lab.add_node("blue-0")
        version = lab.request("GET", PODS)[1]["metadata"]["resourceVersion"]
        lab.request("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
        lab.request("POST", PODS, pod("slow"))
        events = follow(lab, PODS, 1.0, resourceVersion=version)
        assert events[-1]["object"]["status"]["phase"] == "Running"
    finally:
        lab.stop()


def test_a_server_starts_quickly_and_stops_while_a_watch_is_open(lab: Lab) -> None:
    begin = time.monotonic()
    server = KubeServer({}, SimClock(), credentials={}, allowed_hosts=())
    server.start()
    assert time.monotonic() - begin < 0.5
    server.stop()
    watcher = threading.Thread(target=lambda: follow(lab, NODES, 30))
    watcher.start()
    time.sleep(0.2)  # the watch is real I/O: it must be open before the stop
    lab.server.stop()
    watcher.join(timeout=5)
    assert not watcher.is_alive()
    assert not [each for each in threading.enumerate() if each.name == "rehearsal-kube"]


def test_a_taken_port_is_an_error(lab: Lab) -> None:
    port = int(lab.url.split(":")[2].split("/")[0])
    server = KubeServer({}, SimClock(), credentials={}, allowed_hosts=())
    with pytest.raises(OSError, match="in use"):
        server.start(port)


def configured(module: Any, lab: Lab, tmp_path: Any) -> Any:
    authority = tmp_path / "ca.pem"
    authority.write_text(lab.server.ca_pem)
    config = module.client.Configuration()
    config.host, config.ssl_ca_cert = lab.url, str(authority)
    config.api_key = {"BearerToken": f"Bearer {lab.token}"}
    return config


def test_the_kubernetes_client_accepts_every_list(lab: Lab, tmp_path: Any) -> None:
    with kubernetes.client.ApiClient(configured(kubernetes, lab, tmp_path)) as api:
        core, apps = kubernetes.client.CoreV1Api(api), kubernetes.client.AppsV1Api(api)
        policy = kubernetes.client.PolicyV1Api(api)
        assert core.list_node().items[0].status.node_info.kubelet_version.startswith("v1.25")
        assert len(core.list_pod_for_all_namespaces().items) == 3
        assert apps.list_deployment_for_all_namespaces().items[0].status.ready_replicas == 2
        assert policy.list_pod_disruption_budget_for_all_namespaces().items == []
        assert len(apps.list_replica_set_for_all_namespaces().items) == 1
        assert apps.list_daemon_set_for_all_namespaces().items == []
        assert apps.list_stateful_set_for_all_namespaces().items == []
        assert kubernetes.client.BatchV1Api(api).list_job_for_all_namespaces().items == []
        body = kubernetes.client.V1Eviction(metadata={"name": "bare", "namespace": "shop"})
        core.create_namespaced_pod_eviction("bare", "shop", body)
        core.patch_node("blue-0", {"spec": {"unschedulable": True}})
        assert core.read_node("blue-0").spec.unschedulable is True


async def test_the_asyncio_client_lists_watches_and_evicts(lab: Lab, tmp_path: Any) -> None:
    config = configured(kubernetes_asyncio, lab, tmp_path)
    async with kubernetes_asyncio.client.ApiClient(config) as api:
        core = kubernetes_asyncio.client.CoreV1Api(api)
        pods = await core.list_namespaced_pod("shop", limit=2)
        assert len(pods.items) == 2
        body = kubernetes_asyncio.client.V1Eviction(metadata={"name": "bare", "namespace": "shop"})
        await core.create_namespaced_pod_eviction("bare", "shop", body)
        async with kubernetes_asyncio.watch.Watch() as watch:
            version = pods.metadata.resource_version
            stream = watch.stream(
                core.list_namespaced_pod, "shop", resource_version=version, timeout_seconds=1
            )
            async with asyncio.timeout(5):
                event = await anext(stream)
        assert (event["type"], event["object"].metadata.name) == ("MODIFIED", "bare")

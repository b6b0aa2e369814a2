"""The store, the selectors and the patches: what lies below the HTTP side."""

from typing import Any

import pytest

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.patches import json_patch, merge, strategic_merge
from include.rehearsal.kube.objects.selectors import FieldSelector, LabelSelector
from include.rehearsal.kube.objects.store import Store, StoreEvent
from include.rehearsal.kube.watch.cache import Scope, WatchCache

LABELS = {"app": "web", "tier": "front", "size": "3"}


@pytest.fixture(name="store")
def a_store() -> Store:
    return Store(SimClock(start=1_795_417_200.0))


def a_pod(name: str, *, namespace: str = "shop", node: str = "", **labels: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace, "labels": labels}
    return {"metadata": meta, "spec": {"nodeName": node} if node else {}}


def test_a_new_object_is_stamped(store: Store) -> None:
    made = store.create("pods", {"metadata": {"generateName": "web-"}, "spec": {}})
    meta = made["metadata"]
    assert meta["name"].startswith("web-")
    assert len(meta["name"]) == len("web-") + 5
    assert (meta["namespace"], meta["creationTimestamp"]) == ("default", "2026-11-23T07:00:00Z")
    assert (made["apiVersion"], made["kind"], meta["generation"]) == ("v1", "Pod", 1)


def test_a_taken_name_is_refused(store: Store) -> None:
    store.create("pods", a_pod("a"))
    with pytest.raises(ApiError, match='pods "a" already exists') as caught:
        store.create("pods", a_pod("a"))
    assert caught.value.status == 409


def test_an_object_without_a_name_is_refused(store: Store) -> None:
    with pytest.raises(ApiError, match="name or generateName is required"):
        store.create("pods", {"metadata": {}})


def test_a_stale_write_is_refused(store: Store) -> None:
    old = store.create("pods", a_pod("a"))
    store.change("pods", "shop", "a", lambda pod: pod["metadata"].update(labels={"x": "y"}))
    with pytest.raises(ApiError, match="the object has been modified"):
        store.replace("pods", old)


def test_a_change_that_changes_nothing_is_no_event(store: Store) -> None:
    store.create("pods", a_pod("a"))
    seen: list[StoreEvent] = []
    store.listen(seen.append)
    before = store.version
    store.change("pods", "shop", "a", lambda _: None)
    assert (seen, store.version) == ([], before)


def test_who_got_an_object_keeps_it_as_it_was(store: Store) -> None:
    got = store.create("pods", a_pod("a"))
    store.change("pods", "shop", "a", lambda pod: pod["spec"].update(nodeName="n"))
    assert got["spec"] == {}


def test_a_dry_run_stores_nothing(store: Store) -> None:
    store.create("pods", a_pod("a"), dry_run=True)
    assert store.list("pods") == []


def test_the_index_of_nodes_follows_every_write(store: Store) -> None:
    store.create("pods", a_pod("a", node="one"))
    store.change("pods", "shop", "a", lambda pod: pod["spec"].update(nodeName="two"))
    assert (store.pods_by_node("one"), len(store.pods_by_node("two"))) == ([], 1)
    store.remove("pods", "shop", "a")
    assert store.pods_by_node("two") == []


def test_a_deletion_has_a_version_of_its_own(store: Store) -> None:
    made = store.create("pods", a_pod("a"))
    last = store.remove("pods", "shop", "a")
    assert int(last["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])


def test_the_first_listener_sees_nested_changes_in_order(store: Store) -> None:
    def react(event: StoreEvent) -> None:
        if event.type == "ADDED":
            store.change("pods", "shop", "a", lambda pod: pod["spec"].update(nodeName="n"))

    seen: list[str] = []
    store.listen(react)
    store.listen(lambda event: seen.append(event.type), first=True)
    store.create("pods", a_pod("a"))
    assert seen == ["ADDED", "MODIFIED"]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        pytest.param("app=web", True, id="equal"),
        pytest.param("app==web", True, id="equal twice"),
        pytest.param("app!=web", False, id="not equal"),
        pytest.param("app in (web, db)", True, id="in"),
        pytest.param("app notin (web,db)", False, id="notin"),
        pytest.param("zone notin (a)", True, id="notin of an absent label"),
        pytest.param("app", True, id="exists"),
        pytest.param("!app", False, id="does not exist"),
        pytest.param("size>2,size<4", True, id="greater and less"),
        pytest.param("app=web,tier!=back,!zone", True, id="all terms"),
        pytest.param("app=", False, id="empty value"),
        pytest.param("", True, id="empty selector"),
    ],
)
def test_label_selectors_select(text: str, matches: bool) -> None:
    assert LabelSelector.parse(text).matches(LABELS) is matches


@pytest.mark.parametrize("text", ["(((", "a in b", "a=b,", "a b", "a in (b", "=a", "a=!!"])
def test_a_selector_that_cannot_be_read_is_a_400(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        LabelSelector.parse(text)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("spec.nodeName=one", ["a"], id="node"),
        pytest.param("spec.nodeName!=one", ["b"], id="not node"),
        pytest.param("metadata.name==b,spec.nodeName=", ["b"], id="unbound by name"),
    ],
)
def test_field_selectors_select(store: Store, text: str, names: list[str]) -> None:
    store.create("pods", a_pod("a", node="one"))
    store.create("pods", a_pod("b"))
    found = store.list("pods", fields=FieldSelector.parse(text, "pods"))
    assert [each["metadata"]["name"] for each in found] == names


def test_a_strategic_merge_merges_named_items_and_replaces_other_lists() -> None:
    target = {
        "spec": {
            "containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}],
            "taints": [{"key": "x"}],
        },
        "metadata": {"finalizers": ["one"]},
    }
    patch = {
        "spec": {
            "containers": [{"name": "a", "image": "2"}, {"name": "b", "$patch": "delete"}],
            "taints": [{"key": "y"}],
        },
        "metadata": {"finalizers": ["two"]},
    }
    assert strategic_merge(target, patch) == {
        "spec": {"containers": [{"name": "a", "image": "2"}], "taints": [{"key": "y"}]},
        "metadata": {"finalizers": ["one", "two"]},
    }


def test_a_merge_patch_deletes_with_null_and_replaces_lists() -> None:
    assert merge({"a": 1, "b": {"c": [1]}}, {"a": None, "b": {"c": [2]}}) == {"b": {"c": [2]}}


def test_a_json_patch_is_applied_step_by_step() -> None:
    operations = [
        {"op": "test", "path": "/a/0", "value": 1},
        {"op": "add", "path": "/a/-", "value": 2},
        {"op": "remove", "path": "/a/0"},
        {"op": "move", "from": "/b", "path": "/c~1d"},
    ]
    assert json_patch({"a": [1], "b": "x"}, operations) == {"a": [2], "c/d": "x"}


def test_a_json_patch_that_does_not_fit_is_a_422() -> None:
    with pytest.raises(ApiError) as caught:
        json_patch({}, [{"op": "remove", "path": "/nope"}])
    assert caught.value.status == 422


def test_a_watch_from_before_the_kept_events_is_expired(store: Store) -> None:
    cache = WatchCache(store, kept=3)
    for number in range(5):
        store.create("pods", a_pod(f"p{number}"))
    with pytest.raises(ApiError, match="too old resource version") as caught:
        cache.since(Scope("pods"), 1)
    assert (caught.value.status, caught.value.reason) == (410, "Expired")
    assert len(cache.since(Scope("pods"), store.version - 3)) == 3


def test_an_object_that_enters_and_leaves_a_selector_is_added_and_deleted(store: Store) -> None:
    cache = WatchCache(store)
    start = store.version
    store.create("pods", a_pod("a"))
    for labels in ({"app": "web"}, {}):
        store.change(
            "pods", "shop", "a", lambda pod, labels=labels: pod["metadata"].update(labels=labels)
        )
    scope = Scope("pods", labels=LabelSelector.parse("app=web"))
    assert [notice.type for notice in cache.since(scope, start)] == ["ADDED", "DELETED"]


def test_a_status_is_written_without_touching_the_rest() -> None:
    store = Store(SimClock())
    first = store.create("pods", {"metadata": {"name": "a"}, "spec": {"x": [1]}, "status": {}})
    second = store.write_status("pods", ("default", "a"), {"phase": "Running"})
    assert (first["status"], second["status"]) == ({}, {"phase": "Running"})
    assert second["spec"] == first["spec"]
    assert second["metadata"] != first["metadata"]  # a new version
    assert store.write_status("pods", ("default", "a"), {"phase": "Running"}) is second

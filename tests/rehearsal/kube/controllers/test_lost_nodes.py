"""Kubelets that stop reporting, finalizers, and pods that take their time."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.status import condition, is_ready, seconds_of
from tests.rehearsal.kube.cluster_lab import ClusterLab, deployment, lab, pod, recorded
from tests.rehearsal.kube.kube_lab import Lab
from tests.rehearsal.kube.kube_lab import pod as manifest

GRACE = 40
PODS = "/api/v1/namespaces/shop/pods"
MERGE = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


def conditions(lab: ClusterLab, node: str) -> dict[str, str]:
    found = lab.store.get("nodes", None, node)["status"]["conditions"]
    return {each["type"]: each["status"] for each in found}


def find(lab: ClusterLab, name: str) -> dict[str, Any] | None:
    return lab.store.find("pods", "default", name)


def test_a_silent_node_is_believed_for_a_while_and_then_unknown(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.stop_kubelet("a")
    lab.clock.advance(GRACE - 1)
    assert conditions(lab, "a")["Ready"] == "True"
    lab.clock.advance(1)
    assert set(conditions(lab, "a").values()) == {"Unknown"}
    node = lab.store.get("nodes", None, "a")
    assert condition(node, "Ready")["reason"] == "NodeStatusUnknown"
    taints = {(each["key"], each["effect"]) for each in node["spec"]["taints"]}
    key = "node.kubernetes.io/unreachable"
    assert taints == {(key, "NoSchedule"), (key, "NoExecute")}


def test_a_node_heard_again_in_time_was_never_lost(lab: ClusterLab) -> None:
    lab.node("a")
    before = lab.store.get("nodes", None, "a")
    lab.cluster.stop_kubelet("a")
    lab.clock.advance(30)
    lab.cluster.start_kubelet("a")
    lab.cluster.stop_kubelet("a")
    lab.clock.advance(30)  # longer than the grace since it first stopped reporting
    assert lab.store.get("nodes", None, "a") is before


def test_nothing_on_a_lost_node_ends_until_its_kubelet_reports_again(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p"))
    lab.settle()
    lab.cluster.stop_kubelet("a")
    lab.evict("p")
    lab.clock.advance(600)
    assert find(lab, "p")["metadata"]["deletionTimestamp"]
    lab.cluster.start_kubelet("a")
    lab.now()
    assert find(lab, "p") is None
    assert conditions(lab, "a")["Ready"] == "True"
    assert "taints" not in lab.store.get("nodes", None, "a")["spec"]


def test_nothing_starts_on_a_silent_node(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.stop_kubelet("a")
    lab.cluster.apply(pod("p"))
    lab.clock.advance(GRACE - 1)
    assert find(lab, "p")["spec"]["nodeName"] == "a"
    assert find(lab, "p")["status"]["phase"] == "Pending"
    lab.cluster.start_kubelet("a")
    lab.settle()
    assert is_ready(find(lab, "p"))


def test_pods_of_a_lost_node_are_not_ready_until_it_is_back(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p"))
    lab.settle()
    lab.cluster.stop_kubelet("a")
    lab.clock.advance(GRACE)
    assert not is_ready(find(lab, "p"))
    lab.cluster.start_kubelet("a")
    lab.now()
    assert is_ready(find(lab, "p"))


def test_pods_of_a_lost_node_are_deleted_after_five_minutes_and_replaced_elsewhere(
    lab: ClusterLab,
) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 1))
    lab.settle()
    lab.node("b")
    (old,) = lab.names("web")
    lab.cluster.stop_kubelet("a")
    lab.clock.advance(GRACE + 299)
    assert lab.names("web") == [old]
    lab.clock.advance(10)
    (new,) = lab.pods("web")
    assert new["spec"]["nodeName"] == "b"
    assert find(lab, old)["metadata"]["deletionTimestamp"]  # nobody can tell that it has ended


def test_a_pod_of_a_silent_node_can_be_forced_away(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p"))
    lab.settle()
    lab.cluster.stop_kubelet("a")
    lab.evict("p")
    lab.cluster.delete("pods", "default", "p", {"gracePeriodSeconds": 0})
    assert find(lab, "p") is None
    lab.cluster.start_kubelet("a")
    lab.settle()


def test_a_node_that_comes_back_under_its_name_has_a_kubelet_that_works(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.stop_kubelet("a")
    lab.cluster.remove_node("a")
    lab.settle()
    lab.node("a")
    lab.cluster.apply(pod("p"))
    lab.clock.advance(GRACE + 10)
    assert is_ready(find(lab, "p"))


def test_the_kubelet_of_no_node_cannot_be_stopped(lab: ClusterLab) -> None:
    for result in (lab.cluster.stop_kubelet, lab.cluster.start_kubelet):
        with pytest.raises(ApiError) as caught:
            result("nowhere")
        assert caught.value.status == 404


def held(name: str, **notes: str) -> dict[str, Any]:
    made = pod(name, notes={f"rehearsal/{key.replace('_', '-')}": v for key, v in notes.items()})
    made["metadata"]["finalizers"] = ["example.com/backup"]
    return made


def release(lab: ClusterLab, name: str) -> None:
    lab.store.change("pods", "default", name, lambda obj: obj["metadata"].pop("finalizers"))
    lab.now()


def test_a_finalizer_keeps_a_stopped_pod_until_it_is_taken_away(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(held("p"))
    lab.settle()
    lab.evict("p")
    lab.clock.advance(3600)
    found = find(lab, "p")
    assert found["metadata"]["deletionGracePeriodSeconds"] == 0
    assert found["status"]["phase"] == "Succeeded"  # its containers have ended
    release(lab, "p")
    assert find(lab, "p") is None


def test_taking_the_finalizer_away_first_does_not_kill_a_pod_that_still_stops(
    lab: ClusterLab,
) -> None:
    lab.node("a")
    lab.cluster.apply(held("p", stop_after="20"))
    lab.settle()
    lab.evict("p")
    release(lab, "p")
    lab.clock.advance(19)
    assert find(lab, "p") is not None
    lab.clock.advance(1)
    assert find(lab, "p") is None


@pytest.mark.parametrize("how", ["force", "pending", "node gone"])
def test_a_finalizer_outlasts_even_what_needs_no_time(lab: ClusterLab, how: str) -> None:
    if how != "pending":
        lab.node("a")
    lab.cluster.apply(held("p"))
    lab.settle()
    if how == "node gone":
        lab.cluster.remove_node("a")
    else:
        lab.cluster.delete("pods", "default", "p", {"gracePeriodSeconds": 0})
    lab.settle()
    assert find(lab, "p")["metadata"]["deletionTimestamp"]
    release(lab, "p")
    assert find(lab, "p") is None


def test_a_finalizer_is_taken_away_over_http() -> None:
    lab = Lab()
    try:
        lab.add_node("blue-0")
        with lab.clock.lock:
            made = manifest("p")
            made["metadata"]["finalizers"] = ["example.com/backup"]
            lab.cluster.apply(made)
        lab.settle()
        assert lab.request("POST", f"{PODS}/p/eviction", {})[0] == 201
        lab.settle(60)
        patch = {"metadata": {"finalizers": None, "deletionTimestamp": None}}
        status, answer = lab.request("PATCH", f"{PODS}/p", patch, headers=MERGE)
        assert status == 200
        assert answer["metadata"]["deletionTimestamp"]  # a client cannot take the wish back
        assert lab.request("GET", f"{PODS}/p")[0] == 404
        assert lab.server.failures == lab.clock.failures == []
    finally:
        lab.stop()


def test_the_time_of_deletion_lies_a_grace_ahead_as_recorded(lab: ClusterLab) -> None:
    real = next(
        each["response"]["body"]["metadata"]
        for each in recorded("evict-options")
        if each.get("note") == "grace period is the one asked for"
    )
    lab.node("a")
    lab.cluster.apply(pod("g", notes={"rehearsal/stop-after": "300"}))
    lab.settle()
    asked_at = lab.clock.now()
    lab.evict("g", gracePeriodSeconds=5)
    mine = find(lab, "g")["metadata"]
    assert mine["deletionGracePeriodSeconds"] == real["deletionGracePeriodSeconds"] == 5
    assert seconds_of(mine["deletionTimestamp"]) == int(asked_at) + 5


def test_an_impatient_second_delete_counts_from_the_first(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p", notes={"rehearsal/stop-after": "300"}))
    lab.settle()
    lab.evict("p")
    first = seconds_of(find(lab, "p")["metadata"]["deletionTimestamp"])
    lab.clock.advance(3)
    lab.evict("p")  # says nothing new
    assert seconds_of(find(lab, "p")["metadata"]["deletionTimestamp"]) == first
    lab.cluster.delete("pods", "default", "p", {"gracePeriodSeconds": 20})
    assert seconds_of(find(lab, "p")["metadata"]["deletionTimestamp"]) == first - 10


def test_a_pod_that_ignores_its_stop_is_killed_at_the_end_of_its_grace(lab: ClusterLab) -> None:
    lab.node("a")
    stubborn = pod("p", notes={"rehearsal/stop-after": "1e9"}, terminationGracePeriodSeconds=90)
    lab.cluster.apply(stubborn)
    lab.settle()
    lab.evict("p")
    lab.clock.advance(89)
    assert find(lab, "p") is not None
    lab.clock.advance(1)
    assert find(lab, "p") is None

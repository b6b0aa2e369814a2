"""The life of a pod from Pending to gone, and deletion with its conditions."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.objects.errors import ApiError
from tests.rehearsal.kube.cluster_lab import ClusterLab, deployment, lab, pod, recorded


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


def status(lab: ClusterLab, name: str) -> dict[str, Any]:
    found = lab.store.get("pods", "default", name)["status"]
    assert isinstance(found, dict)
    return found


def ready(lab: ClusterLab, name: str) -> str:
    found = {c["type"]: c["status"] for c in status(lab, name)["conditions"]}
    return found.get("Ready", "none")


def test_a_pod_starts_and_becomes_ready_in_its_own_time(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(
        pod("slow", notes={"rehearsal/start-after": "5", "rehearsal/ready-after": "10"})
    )
    lab.clock.advance(4)
    assert status(lab, "slow")["phase"] == "Pending"
    lab.clock.advance(2)
    assert [status(lab, "slow")["phase"], ready(lab, "slow")] == ["Running", "False"]
    lab.clock.advance(10)
    assert ready(lab, "slow") == "True"
    real = recorded("evict-without-budget")[1]["response"]["body"]["status"]
    assert status(lab, "slow").keys() >= real.keys()
    mine, theirs = status(lab, "slow")["containerStatuses"][0], real["containerStatuses"][0]
    assert mine.keys() == theirs.keys()
    assert status(lab, "slow")["hostIP"]


@pytest.mark.parametrize(
    ("note", "phase"),
    [
        pytest.param("rehearsal/succeed-after", "Succeeded", id="succeeds"),
        pytest.param("rehearsal/fail-after", "Failed", id="fails"),
    ],
)
def test_a_pod_may_come_to_the_end_of_its_work(lab: ClusterLab, note: str, phase: str) -> None:
    lab.node("a")
    lab.cluster.apply(pod("job", notes={note: "20"}))
    lab.clock.advance(10)
    assert status(lab, "job")["phase"] == "Running"
    lab.settle()
    assert status(lab, "job")["phase"] == phase


@pytest.mark.parametrize(
    ("notes", "options", "gone_after"),
    [
        pytest.param({}, {}, 0.5, id="the usual time to stop"),
        pytest.param({"rehearsal/stop-after": "20"}, {}, 20, id="its own time"),
        pytest.param({"rehearsal/stop-after": "300"}, {}, 30, id="no longer than its grace"),
        pytest.param(
            {"rehearsal/stop-after": "300"}, {"gracePeriodSeconds": 5}, 5, id="a shorter grace"
        ),
        pytest.param({"rehearsal/stop-after": "300"}, {"gracePeriodSeconds": 0}, 0, id="force"),
    ],
)
def test_a_deleted_pod_is_gone_when_it_has_stopped(
    lab: ClusterLab, notes: dict[str, str], options: dict[str, int], gone_after: float
) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p", notes=notes))
    lab.settle()
    lab.cluster.delete("pods", "default", "p", options)
    if gone_after:
        lab.clock.advance(gone_after - 0.1)
        assert lab.store.find("pods", "default", "p") is not None
        lab.clock.advance(0.1)
    assert lab.store.find("pods", "default", "p") is None


def test_a_second_delete_can_only_shorten_the_grace(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p", notes={"rehearsal/stop-after": "300"}))
    lab.settle()
    lab.cluster.delete("pods", "default", "p", {})
    after = lab.cluster.delete("pods", "default", "p", {"gracePeriodSeconds": 600})
    assert after["metadata"]["deletionGracePeriodSeconds"] == 30
    lab.cluster.delete("pods", "default", "p", {"gracePeriodSeconds": 2})
    lab.clock.advance(2)
    assert lab.store.find("pods", "default", "p") is None


def test_a_pod_on_a_lost_node_stays_terminating_until_the_node_goes(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p"))
    lab.settle()

    def lose(node: dict[str, Any]) -> None:
        node["status"]["conditions"][-1]["status"] = "Unknown"

    lab.store.change("nodes", None, "a", lose)
    lab.cluster.delete("pods", "default", "p", {})
    lab.clock.advance(120)
    assert lab.store.find("pods", "default", "p") is not None
    lab.cluster.remove_node("a")
    assert lab.store.find("pods", "default", "p") is None


def test_pods_go_when_their_node_object_is_deleted(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2))
    lab.settle()
    lab.cluster.delete("nodes", None, "a", {})
    lab.settle()
    assert lab.places("web") == ["", ""]


def test_a_dry_run_deletes_nothing(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(pod("p"))
    lab.settle()
    lab.cluster.delete("pods", "default", "p", {"dryRun": ["All"]})
    assert "deletionTimestamp" not in lab.store.get("pods", "default", "p")["metadata"]


@pytest.mark.parametrize(
    "precondition",
    [
        pytest.param({"uid": "another"}, id="uid"),
        pytest.param({"resourceVersion": "1"}, id="resourceVersion"),
    ],
)
def test_a_failed_precondition_deletes_nothing(
    lab: ClusterLab, precondition: dict[str, str]
) -> None:
    lab.cluster.apply({"kind": "ConfigMap", "metadata": {"name": "c"}})
    with pytest.raises(ApiError) as caught:
        lab.cluster.delete("configmaps", "default", "c", {"preconditions": precondition})
    assert caught.value.status == 409
    assert lab.store.find("configmaps", "default", "c") is not None


def test_what_went_at_once_is_answered_with_a_status(lab: ClusterLab) -> None:
    deletes = [
        each["response"]["body"]
        for each in recorded("lease")
        if each.get("request", {}).get("method") == "DELETE"
    ]
    real = next(each for each in deletes if each["status"] == "Success")
    lease = {"kind": "Lease", "metadata": {"name": "eks-upgrade", "namespace": "kube-system"}}
    uid = lab.cluster.apply(lease)["metadata"]["uid"]
    answer = lab.cluster.delete("leases", "kube-system", "eks-upgrade", {})
    assert answer == {**real, "details": {**real["details"], "uid": uid}}


def test_a_namespace_goes_when_it_is_empty(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2, namespace="team", notes={"rehearsal/stop-after": "10"}))
    lab.settle()
    closing = lab.cluster.delete("namespaces", None, "team", {})
    assert closing["status"]["phase"] == "Terminating"
    lab.clock.advance(5)
    assert lab.store.find("namespaces", None, "team") is not None
    lab.settle()
    assert lab.store.find("namespaces", None, "team") is None
    assert lab.store.list("pods", "team") == []

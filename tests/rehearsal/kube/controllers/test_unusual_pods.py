"""Pods that are kept from the scheduler, that custom resources own, or that fail on some nodes."""

from typing import Any

import pytest

from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.kube.objects.validation import validate
from tests.rehearsal.kube import cluster_lab
from tests.rehearsal.kube.cluster_lab import ClusterLab, pod_spec

lab = pytest.fixture(cluster_lab.lab)
OWNER = {
    "apiVersion": "acme.io/v1",
    "kind": "Database",
    "name": "db",
    "uid": "u",
    "controller": True,
}


def pod(name: str, notes: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    meta = {"name": name, "labels": {"app": name}, "annotations": notes or {}}
    return {
        "kind": "Pod",
        "metadata": {**meta, "ownerReferences": [OWNER]},
        "spec": pod_spec(**spec),
    }


def found(lab: ClusterLab, name: str) -> dict[str, Any]:
    return lab.store.get("pods", "default", name)


def test_a_gated_pod_is_bound_when_its_last_gate_is_taken_away(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(pod("train", schedulingGates=[{"name": "kueue.x-k8s.io/admission"}]))
    lab.settle()
    gated = found(lab, "train")
    assert "nodeName" not in gated["spec"]
    (condition,) = gated["status"]["conditions"]
    assert (condition["type"], condition["status"]) == ("PodScheduled", "False")
    assert condition["reason"] == "SchedulingGated"
    assert lab.store.list("events") == []
    lab.store.change("pods", "default", "train", lambda raw: raw["spec"].pop("schedulingGates"))
    lab.settle()
    assert found(lab, "train")["spec"]["nodeName"] == "n"


def test_an_operator_starts_its_pod_again_and_nobody_else_does(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(pod("db-0", {"rehearsal/operator": "true"}))
    lab.cluster.apply(pod("shell"))
    lab.settle()
    first = found(lab, "db-0")["metadata"]["uid"]
    for name in ("db-0", "shell"):
        lab.cluster.delete("pods", "default", name, {})
    lab.settle()
    again = found(lab, "db-0")
    assert again["metadata"]["uid"] != first
    assert again["metadata"]["ownerReferences"] == [OWNER]
    assert again["status"]["phase"] == "Running"
    assert lab.pods("shell") == []


def test_an_operator_does_not_start_again_what_is_there(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(pod("db-0", {"rehearsal/operator": "true"}))
    lab.settle()
    lab.cluster.delete("pods", "default", "db-0", {"gracePeriodSeconds": 0})
    lab.cluster.apply(pod("db-0"))
    lab.settle()
    assert len(lab.pods("db-0")) == 1


@pytest.mark.parametrize(
    ("where", "ready"),
    [
        pytest.param("true", "False", id="everywhere"),
        pytest.param("eks.amazonaws.com/nodegroup=blue", "False", id="on this node"),
        pytest.param("eks.amazonaws.com/nodegroup=green", "True", id="on another node"),
    ],
)
def test_a_pod_crashes_where_it_is_told_to(lab: ClusterLab, where: str, ready: str) -> None:
    lab.node("n")
    lab.cluster.apply(pod("db-0", {"rehearsal/crash-loop": where}))
    lab.settle()
    conditions = found(lab, "db-0")["status"]["conditions"]
    assert [each["status"] for each in conditions if each["type"] == "Ready"] == [ready]


@pytest.mark.parametrize(("size", "fits"), [(256 * 1024 - 3, True), (256 * 1024, False)])
def test_annotations_have_a_size(size: int, fits: bool) -> None:
    lease = {"metadata": {"name": "large", "annotations": {"key": "x" * size}}, "spec": {}}
    if fits:
        validate(RESOURCES["leases"], lease)
        return
    with pytest.raises(ApiError) as raised:
        validate(RESOURCES["leases"], lease)
    assert raised.value.status == 422
    assert "metadata.annotations: Too long: may not be more than 262144 bytes" in str(
        raised.value.body()
    )

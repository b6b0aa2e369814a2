"""Budget arithmetic as a table, and the status the controller keeps."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.controllers.disruption.budgets import Health, health
from tests.rehearsal.kube.cluster_lab import ClusterLab, budget, deployment, lab, pod, workload


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


@pytest.mark.parametrize(
    ("spec", "pods", "healthy", "scale", "expected"),
    [
        pytest.param({"minAvailable": 2}, 3, 3, 3, Health(3, 2, 3, 1), id="min 2 of 3"),
        pytest.param({"minAvailable": 2}, 4, 2, 3, Health(2, 2, 4, 0), id="one more on its way"),
        pytest.param({"minAvailable": "50%"}, 3, 3, 3, Health(3, 2, 3, 1), id="half rounds up"),
        pytest.param({"minAvailable": "100%"}, 3, 3, 3, Health(3, 3, 3, 0), id="all of them"),
        pytest.param({"maxUnavailable": 1}, 3, 3, 3, Health(3, 2, 3, 1), id="one may be missing"),
        pytest.param({"maxUnavailable": 0}, 1, 1, 1, Health(1, 1, 1, 0), id="none may be missing"),
        pytest.param({"maxUnavailable": "30%"}, 10, 10, 10, Health(10, 7, 10, 3), id="30 %"),
        pytest.param({"maxUnavailable": "25%"}, 3, 3, 3, Health(3, 2, 3, 1), id="25 % rounds up"),
        pytest.param({"maxUnavailable": 5}, 3, 3, 3, Health(3, 0, 3, 3), id="more than there are"),
        pytest.param({"maxUnavailable": 1}, 2, 0, 2, Health(0, 1, 2, 0), id="none is healthy"),
        pytest.param({"maxUnavailable": 1}, 0, 0, 0, Health(0, 0, 0, 0), id="selects nothing"),
        pytest.param({}, 2, 2, 2, Health(2, 1, 2, 1), id="says nothing: one must stay"),
    ],
)
def test_what_a_budget_allows(
    spec: dict[str, Any], pods: int, healthy: int, scale: int, expected: Health
) -> None:
    assert health(spec, pods=pods, healthy=healthy, scale=scale) == expected


def test_the_scale_comes_from_the_deployment_not_from_its_replica_sets(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(deployment("web", 4))
    lab.cluster.apply(budget("web", "web", maxUnavailable="25%"))
    lab.settle()
    lab.cluster.set_image("Deployment", "default", "web", "pause:2")
    lab.clock.advance(1.5)  # new pods of a second ReplicaSet stand beside the old
    assert lab.budget("web")["expectedPods"] == 4


def test_a_stateful_set_counts_too(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(workload("StatefulSet", "db", replicas=2))
    lab.cluster.apply(budget("db", "db", maxUnavailable=1))
    lab.settle()
    assert lab.budget("db")["expectedPods"] == 2


@pytest.mark.parametrize(
    ("spec", "expected", "allowed"),
    [
        pytest.param({"maxUnavailable": 1}, 0, 0, id="maxUnavailable knows no scale of theirs"),
        pytest.param({"minAvailable": "50%"}, 0, 0, id="nor does a percentage"),
        pytest.param({"minAvailable": 0}, 1, 1, id="a number counts pods, whoever made them"),
    ],
)
def test_pods_without_a_controller_are_not_expected(
    lab: ClusterLab, spec: dict[str, Any], expected: int, allowed: int
) -> None:
    lab.node("n")
    lab.cluster.apply(pod("lone"))
    lab.cluster.apply(budget("lone", "lone", **spec))
    lab.settle()
    status = lab.budget("lone")
    assert (status["expectedPods"], status["disruptionsAllowed"]) == (expected, allowed)
    assert status["conditions"][0]["reason"] == (
        "SufficientPods" if allowed else "InsufficientPods"
    )


def test_the_scale_of_a_daemon_set_cannot_be_told(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(workload("DaemonSet", "agent"))
    lab.cluster.apply(budget("agent", "agent", maxUnavailable=1))
    lab.settle()
    (condition,) = lab.budget("agent")["conditions"]
    message = "daemonsets.apps does not implement the scale subresource"
    assert (condition["status"], condition["reason"]) == ("False", "SyncFailed")
    assert condition["message"] == message
    assert lab.budget("agent")["disruptionsAllowed"] == 0
    refused = lab.refusal(lab.names("agent")[0])
    assert "still being processed" in refused.details["causes"][0]["message"]


def test_a_budget_that_was_worked_out_once_keeps_its_numbers_when_that_fails(
    lab: ClusterLab,
) -> None:
    lab.node("n")
    lab.cluster.apply(deployment("web", 3))
    lab.cluster.apply(budget("web", "web", maxUnavailable=1))
    lab.settle()
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "1"}
    orphan = {"name": "orphan", "namespace": "default", "labels": {"app": "web"}}
    orphan["ownerReferences"] = [{**owner, "controller": True}]
    lab.store.create("pods", {"metadata": orphan, "spec": {}, "status": {"phase": "Pending"}})
    lab.now()
    status = lab.budget("web")
    assert status["conditions"][0]["message"] == 'found no controllers for pod "orphan"'
    assert (status["disruptionsAllowed"], status["observedGeneration"]) == (0, 1)
    assert (status["currentHealthy"], status["desiredHealthy"]) == (3, 2)


def test_a_taken_disruption_is_remembered_until_the_pod_goes(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(deployment("web", 3))
    lab.cluster.apply(budget("web", "web", maxUnavailable=1))
    lab.settle()
    name = lab.names("web")[0]
    wrong = {"uid": "00000000-0000-0000-0000-000000000000"}
    assert lab.refusal(name, preconditions=wrong).status == 409
    assert name in lab.budget("web")["disruptedPods"]
    assert lab.budget("web")["disruptionsAllowed"] == 0


def test_an_eviction_that_never_happened_is_forgotten_after_two_minutes(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(deployment("web", 3))
    lab.cluster.apply(budget("web", "web", maxUnavailable=1))
    lab.settle()
    lab.refusal(lab.names("web")[0], preconditions={"uid": "another"})
    lab.clock.advance(60)
    assert lab.refusal(lab.names("web")[1]).status == 429
    lab.clock.advance(181)
    assert lab.budget("web")["disruptionsAllowed"] == 1
    assert "disruptedPods" not in lab.budget("web")


def test_a_changed_budget_gets_a_new_status(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(deployment("web", 3))
    lab.cluster.apply(budget("web", "web", maxUnavailable=0))
    lab.settle()
    lab.cluster.apply(budget("web", "web", maxUnavailable=2))
    lab.settle()
    assert lab.budget("web")["disruptionsAllowed"] == 2
    assert lab.budget("web")["observedGeneration"] == 2


def test_an_empty_selector_covers_the_namespace_and_none_covers_nothing(lab: ClusterLab) -> None:
    lab.node("n")
    lab.cluster.apply(pod("lone"))
    for name, spec in (("all", {"selector": {}}), ("nobody", {})):
        manifest = {"kind": "PodDisruptionBudget", "metadata": {"name": name}}
        lab.cluster.apply({**manifest, "spec": {"minAvailable": 1, **spec}})
    lab.settle()
    assert lab.budget("all")["expectedPods"] == 1
    assert lab.budget("nobody")["expectedPods"] == 0

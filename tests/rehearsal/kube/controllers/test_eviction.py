"""Every recorded eviction, at the level of behaviour; the HTTP replay is elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.controllers.disruption.eviction import Permission, decide
from include.rehearsal.kube.objects.errors import ApiError
from tests.rehearsal.kube.cluster_lab import (
    ClusterLab,
    budget,
    deployment,
    lab,
    pod,
    recorded,
    workload,
)


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


def answer(scenario: str, index: int) -> Any:
    return recorded(scenario)[index]["response"]["body"]


def a_pod(*, phase: str = "Running", ready: bool = True, going: bool = False) -> dict[str, Any]:
    meta = {"deletionTimestamp": "2026-11-23T07:00:00Z"} if going else {}
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": meta, "status": {"phase": phase, "conditions": conditions}}


def a_budget(allowed: int, current: int, desired: int, **spec: str) -> dict[str, Any]:
    status = {
        "observedGeneration": 1,
        "disruptionsAllowed": allowed,
        "currentHealthy": current,
        "desiredHealthy": desired,
    }
    return {"metadata": {"name": "web", "generation": 1}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("pod", "budgets", "expected"),
    [
        pytest.param(a_pod(), [], Permission.WITHOUT_BUDGET, id="no budget"),
        pytest.param(a_pod(), [a_budget(1, 3, 2)], Permission.FROM_BUDGET, id="one allowed"),
        pytest.param(a_pod(), [a_budget(0, 2, 2)], 429, id="none allowed"),
        pytest.param(a_pod(), [a_budget(1, 3, 2)] * 2, 500, id="two budgets"),
        pytest.param(
            a_pod(phase="Pending"), [a_budget(0, 0, 1)], Permission.WITHOUT_BUDGET, id="pending"
        ),
        pytest.param(
            a_pod(phase="Failed"), [a_budget(0, 0, 1)], Permission.WITHOUT_BUDGET, id="failed"
        ),
        pytest.param(
            a_pod(phase="Succeeded"), [a_budget(0, 0, 1)], Permission.WITHOUT_BUDGET, id="done"
        ),
        pytest.param(
            a_pod(going=True), [a_budget(0, 0, 1)], Permission.WITHOUT_BUDGET, id="terminating"
        ),
        pytest.param(a_pod(ready=False), [a_budget(0, 1, 2)], 429, id="unready, too few healthy"),
        pytest.param(
            a_pod(ready=False),
            [a_budget(0, 2, 2)],
            Permission.WITHOUT_BUDGET,
            id="unready, enough healthy",
        ),
        pytest.param(
            a_pod(ready=False),
            [a_budget(0, 0, 2, unhealthyPodEvictionPolicy="AlwaysAllow")],
            Permission.WITHOUT_BUDGET,
            id="unready, always allowed",
        ),
        pytest.param(a_pod(ready=False), [a_budget(0, 0, 0)], 429, id="unready, nothing wanted"),
    ],
)
def test_a_budget_decides_only_about_pods_that_serve(
    pod: dict[str, Any], budgets: list[dict[str, Any]], expected: Permission | int
) -> None:
    if isinstance(expected, Permission):
        assert decide(pod, budgets) is expected
        return
    with pytest.raises(ApiError) as caught:
        decide(pod, budgets)
    assert caught.value.status == expected


def test_a_changed_budget_is_waited_for_with_a_retry_after() -> None:
    changed = a_budget(1, 3, 2)
    changed["metadata"]["generation"] = 2
    with pytest.raises(ApiError) as caught:
        decide(a_pod(), [changed])
    assert caught.value.body()["details"]["retryAfterSeconds"] == 10


def test_evict_without_budget_replays(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(pod("lone"))
    lab.settle()
    before = lab.store.get("pods", "default", "lone")

    assert lab.evict("lone", dryRun=["All"]) == answer("evict-without-budget", 0)
    assert lab.store.get("pods", "default", "lone") == before
    assert lab.evict("lone") == answer("evict-without-budget", 2)
    going = lab.store.get("pods", "default", "lone")
    real = answer("evict-without-budget", 3)
    for field in ("generation", "deletionGracePeriodSeconds"):
        assert going["metadata"][field] == real["metadata"][field]
    mine, theirs = going["status"]["conditions"], real["status"]["conditions"]
    assert {c["type"]: c["status"] for c in mine} == {c["type"]: c["status"] for c in theirs}
    assert going["metadata"]["deletionTimestamp"] == "2026-11-23T07:00:32Z"
    assert lab.evict("lone") == answer("evict-without-budget", 4)
    lab.settle()
    assert lab.refusal("lone").body() == answer("evict-without-budget", 5)


def test_evict_with_budget_replays(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(deployment("web", 3))
    lab.cluster.apply(budget("web", "web", minAvailable=2))
    lab.settle()
    first, second, _ = lab.names("web")
    numbers = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")

    def agrees(index: int) -> None:
        real = answer("evict-with-budget", index)["status"]
        mine = lab.budget("web")
        assert {n: mine[n] for n in numbers} == {n: real[n] for n in numbers}
        assert mine["conditions"][0]["reason"] == real["conditions"][0]["reason"]
        assert ("disruptedPods" in mine) == ("disruptedPods" in real)

    agrees(0)
    assert lab.evict(first) == answer("evict-with-budget", 1)
    assert lab.refusal(second).body() == answer("evict-with-budget", 2)
    lab.now()
    agrees(3)
    assert lab.refusal(second, dryRun=["All"]).body() == answer("evict-with-budget", 4)
    lab.settle()
    agrees(5)


def test_a_budget_of_zero_replays(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(deployment("db", 1))
    lab.cluster.apply(budget("never", "db", maxUnavailable=0))
    lab.settle()
    assert lab.refusal(lab.names("db")[0]).body() == answer("evict-budget-of-zero", 0)
    real = answer("evict-budget-of-zero", 1)["status"]
    assert lab.budget("never")["desiredHealthy"] == real["desiredHealthy"] == 1


def test_two_budgets_replay(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(deployment("x", 3))
    for name in ("one", "two"):
        lab.cluster.apply(budget(name, "x", maxUnavailable=1))
    lab.settle()
    assert lab.refusal(lab.names("x")[0]).body() == answer("evict-two-budgets", 0)


@pytest.mark.parametrize(
    ("policy", "index"),
    [
        pytest.param(None, 2, id="IfHealthyBudget refuses"),
        pytest.param("AlwaysAllow", 5, id="AlwaysAllow lets it go"),
    ],
)
def test_crash_looping_pods_replay(lab: ClusterLab, policy: str | None, index: int) -> None:
    lab.node("blue-0")
    notes = {"rehearsal/crash-loop": "true"}
    lab.cluster.apply(deployment("strict", 2, notes=notes))
    extra = {"unhealthyPodEvictionPolicy": policy} if policy else {}
    lab.cluster.apply(budget("strict", "strict", maxUnavailable=1, **extra))
    lab.clock.advance(60)
    real = answer("evict-crash-looping", 0)["status"]
    status = lab.budget("strict")
    assert [status["currentHealthy"], status["expectedPods"]] == [
        real["currentHealthy"],
        real["expectedPods"],
    ]
    crashing = lab.pods("strict")[0]
    state = crashing["status"]["containerStatuses"][0]["state"]
    assert state["waiting"]["reason"] == "CrashLoopBackOff"
    name = crashing["metadata"]["name"]
    if policy:
        assert lab.evict(name) == answer("evict-crash-looping", index)
    else:
        assert lab.refusal(name).body() == answer("evict-crash-looping", index)


def test_finished_and_pending_pods_replay(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(pod("done", notes={"rehearsal/succeed-after": "1"}))
    lab.cluster.apply(pod("waiting", nodeSelector={"gpu": "yes"}))
    for name in ("done", "waiting"):
        lab.cluster.apply(budget(name, name, maxUnavailable=0))
    lab.settle()
    assert lab.store.get("pods", "default", "done")["status"]["phase"] == "Succeeded"
    assert lab.evict("done") == answer("evict-finished-and-pending", 0)
    assert lab.evict("waiting") == answer("evict-finished-and-pending", 1)
    assert lab.store.list("pods") == []


def test_options_of_an_eviction_replay(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(pod("g"))
    lab.cluster.apply(pod("u"))
    lab.settle()
    assert lab.evict("g", gracePeriodSeconds=5) == answer("evict-options", 0)
    meta = lab.store.get("pods", "default", "g")["metadata"]
    assert meta["deletionGracePeriodSeconds"] == 5
    other = "00000000-0000-0000-0000-000000000000"
    refusal = lab.refusal("u", preconditions={"uid": other}).body()
    uid = lab.store.get("pods", "default", "u")["metadata"]["uid"]
    real = answer("evict-options", 2)
    recorded_uid = "cafb8211-ad18-4bc8-9e54-ed7f77e690cb"
    assert refusal == {**real, "message": real["message"].replace(recorded_uid, uid)}
    assert "deletionTimestamp" not in lab.store.get("pods", "default", "u")["metadata"]


def test_eviction_in_a_closing_namespace_replays(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(deployment("c", 1, namespace="closing"))
    lab.settle()
    name = lab.names("c")[0]
    lab.cluster.delete("namespaces", None, "closing", {})
    refusal = lab.refusal(name, "closing").body()
    real = answer("evict-closing-namespace", 0)
    recorded_name = real["details"]["name"]
    assert refusal["message"] == real["message"].replace(recorded_name, name)
    assert refusal["details"] == {**real["details"], "name": name}
    assert refusal["code"] == real["code"]


def test_a_pod_that_never_was_is_not_found(lab: ClusterLab) -> None:
    assert lab.refusal("nope").body() == answer("errors", 1)


def test_an_eviction_that_names_another_pod_is_refused(lab: ClusterLab) -> None:
    with pytest.raises(ApiError) as caught:
        lab.cluster.evict("default", "nope", {"metadata": {"name": "other"}})
    assert caught.value.body() == answer("errors", 4)


def test_a_stateful_pod_is_reborn_under_its_name_with_another_uid(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(workload("StatefulSet", "db", replicas=1, serviceName="db"))
    lab.settle()
    before = lab.store.get("pods", "default", "db-0")
    seen: list[str] = []
    lab.store.listen(lambda event: seen.append(event.type) if event.plural == "pods" else None)
    lab.evict("db-0")
    lab.settle()
    after = lab.store.get("pods", "default", "db-0")
    real = [event["type"] for event in recorded("statefulset")[1]["watch"]["events"]]
    assert seen[: len(real)] == real
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert after["metadata"]["labels"].keys() >= {
        "apps.kubernetes.io/pod-index",
        "controller-revision-hash",
        "statefulset.kubernetes.io/pod-name",
    }

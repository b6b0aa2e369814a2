"""Deployments, ReplicaSets, DaemonSets and StatefulSets, as arithmetic and at work."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.kube.controllers.workloads.rollout import (
    Count,
    Slack,
    new_size,
    old_sizes,
    slack,
)
from include.rehearsal.kube.controllers.workloads.statefulsets import Member, Step, next_step
from tests.rehearsal.kube.cluster_lab import (
    ClusterLab,
    budget,
    deployment,
    lab,
    recorded,
    workload,
)


@pytest.fixture(name="lab")
def a_lab() -> Iterator[ClusterLab]:
    yield from lab()


@pytest.mark.parametrize(
    ("rolling", "wanted", "expected"),
    [
        pytest.param({}, 1, Slack(1, 0), id="defaults of one: a second, none missing"),
        pytest.param({}, 8, Slack(2, 2), id="defaults of eight"),
        pytest.param({"maxSurge": 0, "maxUnavailable": 0}, 3, Slack(0, 1), id="neither: one"),
        pytest.param({"maxSurge": 0, "maxUnavailable": "10%"}, 3, Slack(0, 1), id="rounds to none"),
        pytest.param({"maxSurge": "50%", "maxUnavailable": 9}, 3, Slack(2, 3), id="capped"),
    ],
)
def test_the_slack_of_a_rolling_update(
    rolling: dict[str, Any], wanted: int, expected: Slack
) -> None:
    assert slack({"rollingUpdate": rolling}, wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "new", "total", "surge", "size"),
    [
        pytest.param(1, 0, 1, 1, 1, id="one beside the old one"),
        pytest.param(4, 0, 4, 1, 1, id="one at a time"),
        pytest.param(4, 1, 5, 1, 1, id="no room yet"),
        pytest.param(4, 4, 4, 1, 4, id="done"),
        pytest.param(2, 4, 4, 1, 2, id="scaled down"),
        pytest.param(5, 0, 0, 1, 5, id="first rollout"),
    ],
)
def test_how_far_the_new_set_grows(
    wanted: int, new: int, total: int, surge: int, size: int
) -> None:
    assert new_size(wanted, new, total, surge) == size


@pytest.mark.parametrize(
    ("wanted", "new", "old", "unavailable", "sizes"),
    [
        pytest.param(1, Count("n", 1, 0), [Count("a", 1, 1)], 0, {"a": 1}, id="waits for the new"),
        pytest.param(1, Count("n", 1, 1), [Count("a", 1, 1)], 0, {"a": 0}, id="new is there"),
        pytest.param(4, Count("n", 1, 0), [Count("a", 4, 4)], 1, {"a": 3}, id="one may be missing"),
        pytest.param(4, Count("n", 1, 0), [Count("a", 4, 2)], 1, {"a": 3}, id="broken ones first"),
        pytest.param(
            3,
            Count("n", 3, 3),
            [Count("a", 1, 1), Count("b", 1, 1)],
            0,
            {"a": 0, "b": 0},
            id="all old sets go",
        ),
    ],
)
def test_how_far_the_old_sets_shrink(
    wanted: int, new: Count, old: list[Count], unavailable: int, sizes: dict[str, int]
) -> None:
    assert old_sizes(wanted, new, old, unavailable) == sizes


def ready(ordinal: int, *, updated: bool = True) -> Member:
    return Member(ordinal, ready=True, updated=updated)


@pytest.mark.parametrize(
    ("members", "wanted", "step"),
    [
        pytest.param([], 3, Step(create=(0,)), id="begins with 0"),
        pytest.param([Member(0)], 3, Step(), id="waits until 0 is Ready"),
        pytest.param([ready(0)], 3, Step(create=(1,)), id="then 1"),
        pytest.param([ready(1)], 2, Step(create=(0,)), id="fills the gap"),
        pytest.param([ready(0), ready(1)], 1, Step(delete=(1,)), id="shrinks from the top"),
        pytest.param(
            [ready(0, updated=False), ready(1, updated=False)],
            2,
            Step(delete=(1,)),
            id="updates from the top",
        ),
        pytest.param(
            [ready(0), Member(1, terminating=True)], 2, Step(), id="waits for one that is going"
        ),
        pytest.param([ready(0), Member(1, finished=True)], 2, Step(delete=(1,)), id="replaces"),
        pytest.param([ready(0), ready(1)], 2, Step(), id="content"),
    ],
)
def test_the_next_step_of_an_ordered_set(members: list[Member], wanted: int, step: Step) -> None:
    assert next_step(members, wanted, partition=0, ordered=True) == step


def test_the_next_step_of_a_parallel_set_is_all_at_once() -> None:
    assert next_step([], 3, partition=0, ordered=False) == Step(create=(0, 1, 2))
    assert next_step([ready(0), ready(1)], 0, partition=0, ordered=False) == Step(delete=(1, 0))


def test_a_rollout_restart_replays(lab: ClusterLab) -> None:
    lab.node("blue-0")
    lab.cluster.apply(deployment("solo", 1))
    lab.cluster.apply(budget("solo", "solo", maxUnavailable=0))
    lab.settle()
    lab.cordon("blue-0")
    lab.node("green-0", group="green")
    available: list[int] = []
    pod_events: list[str] = []

    def look(event: Any) -> None:
        if event.plural == "deployments":
            available.append(event.object["status"].get("availableReplicas", 0))
        if event.plural == "pods":
            pod_events.append(event.type)

    lab.store.listen(look)

    def restart(obj: dict[str, Any]) -> None:
        note = {"kubectl.kubernetes.io/restartedAt": "2026-11-23T08:00:00Z"}
        obj["spec"]["template"]["metadata"]["annotations"] = note

    lab.store.change("deployments", "default", "solo", restart)
    lab.settle()
    changes = [n for i, n in enumerate(available) if i == 0 or available[i - 1] != n]
    assert changes == [1, 2, 1]
    assert lab.places("solo") == ["green-0"]
    exchanges = recorded("rollout-restart")
    real = exchanges[1]["watch"]["events"][-1]["object"]
    mine = lab.store.get("deployments", "default", "solo")
    conditions = {c["type"]: (c["status"], c["reason"]) for c in mine["status"]["conditions"]}
    assert conditions == {
        c["type"]: (c["status"], c["reason"]) for c in real["status"]["conditions"]
    }
    numbers = [key for key in real["status"] if key != "conditions"]
    assert {key: mine["status"].get(key) for key in numbers} == {
        key: real["status"][key] for key in numbers
    }
    assert mine["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    real_pods = [event["type"] for event in exchanges[2]["watch"]["events"]]
    assert [pod_events[0], pod_events[-1]] == [real_pods[0], real_pods[-1]]


def test_a_rollout_that_cannot_succeed_is_given_up_after_its_deadline(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2))
    lab.settle()

    def never(obj: dict[str, Any]) -> None:
        obj["spec"]["template"]["spec"]["nodeSelector"] = {"gpu": "yes"}

    lab.store.change("deployments", "default", "web", never)
    lab.clock.advance(601)
    conditions = lab.store.get("deployments", "default", "web")["status"]["conditions"]
    progress = next(c for c in conditions if c["type"] == "Progressing")
    assert [progress["status"], progress["reason"]] == ["False", "ProgressDeadlineExceeded"]
    assert lab.store.get("deployments", "default", "web")["status"]["availableReplicas"] == 2


def test_recreate_stops_the_old_before_it_starts_the_new(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2, strategy={"type": "Recreate"}))
    lab.settle()
    most = 0

    def look(event: Any) -> None:
        nonlocal most
        most = max(most, len(lab.pods("web", going=True)))

    lab.store.listen(look)
    lab.cluster.set_image("Deployment", "default", "web", "pause:2")
    lab.settle()
    assert most == 2
    images = {p["spec"]["containers"][0]["image"] for p in lab.pods("web")}
    assert images == {"pause:2"}


def test_scaling_follows_and_takes_the_youngest(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2))
    lab.settle()
    old = set(lab.names("web"))

    def scale(size: int) -> None:
        def edit(obj: dict[str, Any]) -> None:
            obj["spec"]["replicas"] = size

        lab.store.change("deployments", "default", "web", edit)
        lab.settle()

    scale(4)
    assert len(lab.names("web")) == 4
    scale(2)
    assert set(lab.names("web")) == old


def test_deleting_a_deployment_takes_its_sets_and_pods(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2))
    lab.settle()
    lab.cluster.delete("deployments", "default", "web", {})
    lab.settle()
    assert lab.store.list("replicasets") == []
    assert lab.store.list("pods") == []


def test_orphaned_pods_live_on(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(deployment("web", 2))
    lab.settle()
    lab.cluster.delete("deployments", "default", "web", {"propagationPolicy": "Orphan"})
    lab.settle()
    assert len(lab.names("web")) == 2


def test_a_daemon_follows_nodes(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(workload("DaemonSet", "agent"))
    lab.settle()
    lab.node("b")
    lab.settle()
    assert lab.places("agent") == ["a", "b"]
    lab.cluster.remove_node("a")
    lab.settle()
    assert lab.places("agent") == ["b"]


def test_a_no_schedule_taint_never_deletes_a_running_daemon(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(workload("DaemonSet", "agent"))
    lab.settle()
    lab.taint("a", {"key": "gpu", "effect": "NoSchedule"})
    lab.settle()
    assert lab.places("agent") == ["a"]
    assert lab.store.get("daemonsets", "default", "agent")["status"]["desiredNumberScheduled"] == 0
    lab.taint("a", {"key": "gpu", "effect": "NoExecute"})
    lab.settle()
    assert lab.places("agent") == []


def test_a_daemon_rolls_one_node_at_a_time(lab: ClusterLab) -> None:
    for name in ("a", "b", "c"):
        lab.node(name)
    lab.cluster.apply(workload("DaemonSet", "agent"))
    lab.settle()
    least = 3

    def look(event: Any) -> None:
        nonlocal least
        if event.plural == "daemonsets":
            least = min(least, event.object["status"].get("numberReady", 0))

    lab.store.listen(look)
    lab.cluster.set_image("DaemonSet", "default", "agent", "pause:2")
    lab.settle()
    assert least == 2
    status = lab.store.get("daemonsets", "default", "agent")["status"]
    assert [status["updatedNumberScheduled"], status["numberReady"]] == [3, 3]
    assert {p["spec"]["containers"][0]["image"] for p in lab.pods("agent")} == {"pause:2"}


def test_a_stateful_set_starts_in_order(lab: ClusterLab) -> None:
    lab.node("a")
    lab.cluster.apply(workload("StatefulSet", "db", replicas=3))
    lab.clock.advance(1.5)
    assert lab.names("db") == ["db-0"]
    lab.settle()
    assert lab.names("db") == ["db-0", "db-1", "db-2"]
    lab.cluster.set_image("StatefulSet", "default", "db", "pause:2")
    lab.settle()
    assert {p["spec"]["containers"][0]["image"] for p in lab.pods("db")} == {"pause:2"}
    status = lab.store.get("statefulsets", "default", "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert [status["readyReplicas"], status["updatedReplicas"]] == [3, 3]

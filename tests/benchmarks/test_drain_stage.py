"""Between two drains the cluster is set back, and a cluster that does not fit is refused."""

import re
from dataclasses import replace

import pytest

from benchmarks.drain_stage import (
    Plan,
    Scene,
    awaited,
    left_behind,
    plan,
    reasons_not_to_start,
    whole_number,
)
from include.eks_upgrade.kube.objects import Budget, Node, Pod
from include.eks_upgrade.kube.workloads.owner import Owner

OWNER = Owner("ReplicaSet", "web-1")


def node(name, *, ready=True, closed=False, taints=()):
    return Node(name=name, ready=ready, unschedulable=closed, taints=taints)


def pod(name, on="old-0", **more):
    return Pod(
        namespace=more.pop("namespace", "shop"),
        name=name,
        uid=name,
        node=on,
        owner=more.pop("owner", OWNER),
        labels={"app": "web"},
        **more,
    )


def budget(healthy=2, **more):
    selector = {"matchLabels": {"app": "web"}}
    counts = {"allowed": 1, "healthy": healthy, "expected": 2, **more}
    return Budget(namespace="shop", name="web", selector=selector, **counts)


WHOLE = Scene(
    old=frozenset({"old-0"}),
    nodes=(node("old-0"), node("new-0")),
    pods=(pod("a"), pod("b")),
    budgets=(budget(),),
    room={"old-0": 10, "new-0": 10},
)


def test_a_cluster_as_it_should_be_needs_nothing():
    assert reasons_not_to_start(WHOLE) == []
    assert awaited(WHOLE, 2) == []
    assert plan(WHOLE) == Plan(cordon=("new-0",))


def test_after_a_drain_the_old_nodes_open_the_others_close_and_pods_are_brought_back():
    drained = replace(
        WHOLE,
        nodes=(node("old-0", closed=True), node("new-0")),
        pods=(pod("a", "new-0"), pod("b", "new-0", terminating=True), pod("c", "")),
    )
    assert plan(drained) == Plan(
        cordon=("new-0",), uncordon=("old-0",), delete=(pod("a", "new-0"),)
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(pod("x", "new-0", namespace="kube-system"), id="of the system"),
        pytest.param(pod("x", "new-0", priority=2_000_000_000), id="critical"),
        pytest.param(pod("x", "new-0", owner=Owner("DaemonSet", "agent")), id="of a DaemonSet"),
        pytest.param(pod("x", "new-0", owner=Owner("Job", "once")), id="of a Job"),
        pytest.param(pod("x", "new-0", owner=None), id="without controller"),
        pytest.param(pod("x", "new-0", phase="Succeeded"), id="finished"),
    ],
)
def test_a_pod_that_would_not_come_back_is_never_deleted(other):
    scene = replace(WHOLE, pods=(*WHOLE.pods, other))
    assert plan(scene).delete == ()
    assert awaited(scene, 2) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"old": frozenset()}, "the selector finds none", id="no old nodes"),
        pytest.param(
            {"nodes": (node("old-0", ready=False), node("new-0"))},
            "old-0.* not Ready",
            id="an old node is not Ready",
        ),
        pytest.param(
            {"nodes": (node("old-0"), node("new-0", ready=False))},
            "0 of 1 are Ready and take pods; they have room for 0 pods, and 2 are to move",
            id="the others are not Ready",
        ),
        pytest.param(
            {"nodes": (node("old-0"), node("new-0", closed=True))}, "0 of 1", id="they are cordoned"
        ),
        pytest.param(
            {"nodes": (node("old-0"), node("new-0", taints=(("a", "NoSchedule"),)))},
            "0 of 1",
            id="they are tainted",
        ),
        pytest.param({"room": {"new-0": 1}}, "room for 1 pods, and 2", id="they are too few"),
        pytest.param(
            {"room": {"new-0": 2}, "pods": (*WHOLE.pods, pod("x", "new-0", owner=None))},
            "room for 1 pods, and 2",
            id="others' pods take the room",
        ),
        pytest.param({"pods": ()}, "none to move", id="no pods"),
    ],
)
def test_a_cluster_that_does_not_fit_is_refused_with_the_reason(changed, words):
    problems = reasons_not_to_start(replace(WHOLE, **changed))
    assert len(problems) == 1
    assert re.search(words, str(problems[0]))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"pods": (pod("a"),)}, "1 of 2 pods are Ready", id="a pod is missing"),
        pytest.param(
            {"pods": (pod("a"), pod("b", ready=False))}, "1 of 2 pods are Ready", id="not Ready"
        ),
        pytest.param(
            {"pods": (*WHOLE.pods, pod("c", "new-0"))}, "1 pods are elsewhere", id="elsewhere"
        ),
        pytest.param(
            {"pods": (*WHOLE.pods, pod("c", terminating=True))},
            "1 pods are elsewhere or stopping .shop/c.",
            id="one still stops",
        ),
        pytest.param({"budgets": (budget(1),)}, "budgets are not whole .shop/web", id="budget"),
        pytest.param(
            {"budgets": (budget(disrupted=frozenset({"a"})),)}, "not whole", id="a disruption"
        ),
    ],
)
def test_the_next_drain_waits_until_everything_is_whole(changed, words):
    missing = awaited(replace(WHOLE, **changed), 2)
    assert len(missing) == 1
    assert re.search(words, missing[0])


def test_pods_that_a_drain_should_have_moved_are_left_behind():
    bare = pod("bare", owner=None)
    mirror = pod("static", owner=None, mirror=True)
    scene = replace(WHOLE, pods=(pod("a", "new-0"), bare, mirror, pod("b", terminating=True)))
    assert left_behind(scene, ()) == ["shop/b", "shop/bare"]


def test_room_is_read_as_kubernetes_writes_it():
    assert [whole_number("110"), whole_number("1k"), whole_number("0")] == [110, 1000, 0]

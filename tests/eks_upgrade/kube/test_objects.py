"""Recorded objects as values."""

import json
from pathlib import Path

from include.eks_upgrade.kube.objects import Budget, Node, Pod

RECORDINGS = Path(__file__).parents[2] / "recordings"


def bodies(name, kind):
    exchanges = json.loads((RECORDINGS / f"{name}.json").read_text())["exchanges"]
    found = [e["response"]["body"] for e in exchanges if "response" in e]
    return [body for body in found if isinstance(body, dict) and body.get("kind") == kind]


def test_a_node_knows_its_group_instance_and_cordon():
    nodes = [Node.from_raw(raw) for raw in bodies("cordon", "Node")]
    assert [node.unschedulable for node in nodes] == [False, True, True, False, False]
    assert (nodes[0].node_group, nodes[0].instance_id[:2]) == ("blue", "i-")
    assert ("node.kubernetes.io/unschedulable", "NoSchedule") in nodes[2].taints


def test_a_crash_looping_pod_is_told_from_one_that_starts():
    pods = [Pod.from_raw(raw) for raw in bodies("evict-crash-looping", "Pod")]
    assert [(p.crash_looping, p.waiting, p.restarts) for p in pods] == [
        (True, "CrashLoopBackOff", 7)
    ] * 2
    assert not Pod(namespace="d", name="new", ready=False, restarts=0).crash_looping


def test_an_unschedulable_pod_carries_the_schedulers_words():
    big, picky = (Pod.from_raw(raw) for raw in bodies("unschedulable", "Pod"))
    assert "3 Insufficient cpu" in big.unschedulable
    assert "didn't match" in picky.unschedulable


def test_a_budget_carries_its_counts():
    first, spent, again = (
        Budget.from_raw(raw) for raw in bodies("evict-with-budget", "PodDisruptionBudget")
    )
    assert (first.allowed, first.healthy, first.desired, first.expected) == (1, 3, 2, 3)
    assert (spent.allowed, spent.limit) == (0, "minAvailable 2")
    assert (again.allowed, again.settled) == (1, True)


def test_a_budget_names_who_is_being_disrupted_until_that_pod_terminates():
    exchanges = json.loads((RECORDINGS / "watch.json").read_text())["exchanges"]
    events = next(e["watch"]["events"] for e in exchanges if "watch" in e)
    budgets = [Budget.from_raw(e["object"]) for e in events if e["type"] == "MODIFIED"]
    assert budgets[0].disrupted == {"w-77b6497dcb-9jshk"}
    assert budgets[-1].disrupted == frozenset()

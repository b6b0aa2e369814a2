"""Recorded objects as values."""

import json
from pathlib import Path

import pytest

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


ON_ANY_NODE = {"operator": "Exists"}


def owned(kind, name, *, api="apps/v1", labels=None, **spec):
    reference = {"apiVersion": api, "kind": kind, "name": name, "uid": "u", "controller": True}
    meta = {"namespace": "shop", "name": "p", "labels": labels or {}}
    return Pod.from_raw({"metadata": {**meta, "ownerReferences": [reference]}, "spec": spec})


def affinity(*terms):
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [*terms]}}
    return {"nodeAffinity": required}


HERE = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}
SOME = {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["a"]}]}


@pytest.mark.parametrize(
    ("pod", "comes_back"),
    [
        pytest.param(owned("DaemonSet", "agent"), True, id="Kubernetes' own"),
        pytest.param(
            owned("DaemonSet", "agent", api="apps.kruise.io/v1beta1",
                  affinity=affinity(HERE), tolerations=[ON_ANY_NODE]),
            True, id="OpenKruise's",
        ),
        pytest.param(
            owned("ExtendedDaemonSetReplicaSet", "agent-1", api="datadoghq.com/v1alpha1",
                  affinity=affinity(HERE, HERE), tolerations=[ON_ANY_NODE]),
            True, id="Datadog's",
        ),
        pytest.param(
            owned("DaemonSet", "agent", api="apps.kruise.io/v1beta1", affinity=affinity(HERE)),
            False, id="kept off by the cordon",
        ),
        pytest.param(
            owned("DaemonSet", "agent", api="apps.kruise.io/v1beta1",
                  affinity=affinity(HERE, SOME), tolerations=[ON_ANY_NODE]),
            False, id="of its terms one lets it go elsewhere",
        ),
        pytest.param(
            owned("StatefulSet", "db", affinity=affinity(HERE), tolerations=[ON_ANY_NODE]),
            False, id="somebody else who names a node",
        ),
    ],
)  # fmt: skip
def test_a_daemonsets_pod_is_one_that_would_come_back_to_its_node(pod, comes_back):
    assert pod.of_daemonset is comes_back


def test_the_replica_sets_of_an_argo_rollout_are_one_workload():
    stable = owned("ReplicaSet", "web-1", labels={"rollouts-pod-template-hash": "1"})
    canary = owned("ReplicaSet", "web-2", labels={"rollouts-pod-template-hash": "2"})
    assert {stable.family, canary.family} == {"Rollout shop/web"}
    assert stable.deployment == ""

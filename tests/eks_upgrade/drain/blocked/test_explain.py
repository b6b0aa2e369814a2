"""The class and the sentence of each pod that waits."""

import re
from pathlib import Path

import pytest

from include.eks_upgrade.drain.blocked.explain import explain
from include.eks_upgrade.drain.blocked.model import BlockClass, BudgetState, Situation, is_unhealthy
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.workloads.owner import Owner
from tests.eks_upgrade.drain.builders import budget, pod

NOW = 1_790_000_000.0
DEPLOYED = {
    "owner": Owner("ReplicaSet", "db-768bcc", "u1"),
    "labels": {"pod-template-hash": "768bcc"},
}
NONE_OF_2 = "0/2 nodes are available: 2 node(s)"
CRASHING = pod("crashing", ready=False, waiting="CrashLoopBackOff", restarts=7)


def under(*budgets, unhealthy=(), unschedulable=(), families=()):
    return tuple(BudgetState(each, unhealthy, unschedulable, families) for each in budgets)


def unschedulable(message):
    return (pod("new", node="", phase="Pending", ready=False, unschedulable=message),)


CASES = [
    pytest.param(
        pod(),
        Situation(NOW, under(budget())),
        BlockClass.BUDGET_FULL,
        ["shop/web (minAvailable 2) needs 2 healthy and has 2 of 3"],
        id="full-now",
    ),
    pytest.param(
        pod(**DEPLOYED),
        Situation(
            NOW, under(budget("never", healthy=1, desired=1, expected=1, limit="maxUnavailable 0"))
        ),
        BlockClass.NEVER_ALLOWED,
        ["maxUnavailable 0", "rollout restart deployment/db"],
        id="max-unavailable-0",
    ),
    pytest.param(
        pod(),
        Situation(NOW, under(budget(healthy=3, desired=3))),
        BlockClass.NEVER_ALLOWED,
        ["loosen budget shop/web", "raise the number of replicas"],
        id="min-available-is-all-replicas",
    ),
    pytest.param(
        pod(),
        Situation(
            NOW,
            under(
                budget(healthy=3, desired=3), families=("Deployment shop/a", "Deployment shop/b")
            ),
        ),
        BlockClass.NEVER_ALLOWED,
        ["whether its selector means all of Deployment shop/a, Deployment shop/b"],
        id="selector-covers-two-workloads",
    ),
    pytest.param(
        pod(),
        Situation(NOW, under(budget(trouble="found no controller ref for pod bare", expected=0))),
        BlockClass.NEVER_ALLOWED,
        ["cannot be computed", "found no controller ref", "correct the selector"],
        id="selector-covers-a-bare-pod",
    ),
    pytest.param(
        pod("bare"),
        Situation(NOW, under(budget(expected=0, healthy=0, desired=0, limit="maxUnavailable 1"))),
        BlockClass.NEVER_ALLOWED,
        ["counts none of its pods", "a minAvailable that is a number"],
        id="budget-over-pods-without-controller",
    ),
    pytest.param(
        pod(),
        Situation(NOW, under(budget("a"), budget("b"))),
        BlockClass.NEVER_ALLOWED,
        ["shop/a, shop/b", "narrow the selectors"],
        id="two-budgets",
    ),
    pytest.param(
        CRASHING,
        Situation(NOW, under(budget(healthy=0, desired=1, expected=2))),
        BlockClass.NEVER_HEALTHY,
        ["CrashLoopBackOff", "unhealthyPodEvictionPolicy: AlwaysAllow"],
        id="crash-looping-itself",
    ),
    pytest.param(
        pod(),
        Situation(NOW, under(budget(healthy=2), unhealthy=(CRASHING,))),
        BlockClass.NEVER_HEALTHY,
        ["not healthy: shop/crashing (CrashLoopBackOff)", "AlwaysAllow on budget shop/web"],
        id="kept-by-an-unhealthy-pod-elsewhere",
    ),
    pytest.param(
        pod(ready=False, not_ready_since=NOW - 400),
        Situation(NOW, under(budget(healthy=1))),
        BlockClass.NEVER_HEALTHY,
        ["not Ready since"],
        id="never-ready",
    ),
    pytest.param(
        pod(),
        Situation(NOW, message='admission webhook "guard" denied the request: not at night'),
        BlockClass.REFUSED,
        ['"admission webhook "guard" denied the request: not at night"'],
        id="webhook",
    ),
    pytest.param(
        pod(terminating=True, stops_by=NOW + 600),
        Situation(NOW, asked=NOW - 60),
        BlockClass.SLOW_TO_STOP,
        ["grace period lasts until", "pod_grace_period_seconds"],
        id="long-grace-period",
    ),
    pytest.param(
        pod(terminating=True, stops_by=NOW - 60, finalizers=("example.com/backup",)),
        Situation(NOW),
        BlockClass.SLOW_TO_STOP,
        ["finalizers example.com/backup"],
        id="finalizer",
    ),
    pytest.param(
        pod(terminating=True, stops_by=NOW - 60),
        Situation(NOW, node=Node(name="blue-0")),
        BlockClass.SLOW_TO_STOP,
        ["node blue-0 does not answer", "delete the node object"],
        id="node-does-not-answer",
    ),
    pytest.param(
        pod(terminating=True, stops_by=NOW - 5),
        Situation(NOW, node=Node(name="blue-0", ready=True)),
        BlockClass.SLOW_TO_STOP,
        ["should have stopped by", "kubelet of node blue-0"],
        id="past-its-grace-period",
    ),
    pytest.param(
        pod(),
        Situation(NOW, unschedulable=unschedulable("0/4 nodes are available: 4 Insufficient cpu.")),
        BlockClass.NOWHERE_TO_GO,
        ["too little room", "Insufficient cpu", "extra_nodes"],
        id="no-capacity",
    ),
    pytest.param(
        pod(),
        Situation(
            NOW,
            under(
                budget(),
                unschedulable=unschedulable(f"{NONE_OF_2} had volume node affinity conflict."),
            ),
        ),
        BlockClass.NOWHERE_TO_GO,
        ["budget shop/web", "volume is in a zone", "zone of its volume"],
        id="volume-zone-under-a-budget",
    ),
    pytest.param(
        pod(),
        Situation(
            NOW,
            unschedulable=unschedulable(
                f"{NONE_OF_2} didn't match PersistentVolume's node affinity."
            ),
        ),
        BlockClass.NOWHERE_TO_GO,
        ["volume is in a zone"],
        id="volume-zone-in-a-newer-sentence",
    ),
    pytest.param(
        pod(),
        Situation(NOW, unschedulable=unschedulable(f"{NONE_OF_2} had untolerated taint(s).")),
        BlockClass.NOWHERE_TO_GO,
        ["does not tolerate the taints"],
        id="taint-in-a-newer-sentence",
    ),
    pytest.param(
        pod(),
        Situation(
            NOW,
            unschedulable=unschedulable(f"{NONE_OF_2} didn't match Pod's node affinity/selector."),
        ),
        BlockClass.NOWHERE_TO_GO,
        ["affinity or node selector fits no node"],
        id="affinity",
    ),
    pytest.param(
        pod(),
        Situation(
            NOW,
            unschedulable=unschedulable(
                "0/3 nodes are available: 1 node(s) had untolerated taint {gpu: yes}, 2 node(s)"
                " were unschedulable."
            ),
        ),
        BlockClass.NOWHERE_TO_GO,
        ["does not tolerate the taints"],
        id="taint",
    ),
    pytest.param(
        pod(**DEPLOYED),
        Situation(NOW, returned=3),
        BlockClass.NOWHERE_TO_GO,
        ["Deployment shop/db came back", "toleration of node.kubernetes.io/unschedulable"],
        id="comes-back-to-cordoned-nodes",
    ),
    pytest.param(
        pod(**DEPLOYED),
        Situation(NOW, shortage="Deployment shop/db has 4 of 6 pods Ready and keeps 5"),
        BlockClass.WORKLOAD_UNREADY,
        ["has 4 of 6 pods Ready", "one pod at a time after unready_patience_minutes"],
        id="no-budget-and-too-few-ready",
    ),
]


@pytest.mark.parametrize(("pod_", "situation", "cause", "phrases"), CASES)
def test_explains_what_blocks_a_pod_and_what_helps(pod_, situation, cause, phrases):
    block = explain(pod_, situation)
    assert block.cause is cause
    sentence = str(block.began(NOW - 65))
    assert sentence.startswith(f"pod shop/{pod_.name} on blue-0: ")
    assert f"({cause.label} since " in sentence
    assert all(phrase in sentence for phrase in phrases)


def test_every_class_has_a_case():
    assert {case.values[2] for case in CASES} == set(BlockClass)


@pytest.mark.parametrize(
    ("pod_", "situation"),
    [
        pytest.param(pod(), Situation(NOW), id="without-a-budget"),
        pytest.param(pod(), Situation(NOW, under(budget(allowed=1))), id="its-budget-allows-it"),
        pytest.param(
            pod(phase="Succeeded"), Situation(NOW, under(budget("a"), budget("b"))), id="finished"
        ),
        pytest.param(
            pod(terminating=True, stops_by=NOW + 20), Situation(NOW, asked=NOW - 2), id="stopping"
        ),
    ],
)
def test_nothing_blocks_a_pod_that_may_go_or_is_going(pod_, situation):
    assert explain(pod_, situation) is None


@pytest.mark.parametrize(
    ("block", "seconds", "blocked"),
    [
        pytest.param(explain(pod(), Situation(NOW, under(budget()))), 10, False, id="full-shortly"),
        pytest.param(explain(pod(), Situation(NOW, under(budget()))), 61, True, id="full-long"),
        pytest.param(explain(pod(), Situation(NOW, message="no")), 0, True, id="refused-at-once"),
        pytest.param(
            explain(pod(), Situation(NOW, under(budget("a"), budget("b")))), 0, True, id="never"
        ),
    ],
)
def test_what_usually_passes_is_a_block_only_after_a_while(block, seconds, blocked):
    assert block.began(NOW - seconds).is_lasting(NOW, after_seconds=60) is blocked


@pytest.mark.parametrize(
    ("pod_", "unhealthy"),
    [
        pytest.param(pod(), False, id="ready"),
        pytest.param(CRASHING, True, id="crash-looping"),
        pytest.param(pod(ready=False, not_ready_since=NOW - 10), False, id="just-started"),
        pytest.param(pod(ready=False, not_ready_since=NOW - 301), True, id="long-not-ready"),
        pytest.param(pod(ready=False, node="", phase="Pending"), False, id="without-a-node"),
    ],
)
def test_tells_an_unhealthy_pod_from_one_that_starts(pod_, unhealthy):
    assert is_unhealthy(pod_, NOW) is unhealthy


def test_every_class_has_its_runbook():
    page = (Path(__file__).parents[4] / "docs/drain.md").read_text("utf-8")
    assert re.findall(r"^### `(\w+)`$", page, re.MULTILINE) == [str(kind) for kind in BlockClass]

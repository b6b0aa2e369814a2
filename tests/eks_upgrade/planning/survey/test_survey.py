"""The rules together: nothing without a group, everything at once, cheap, and small."""

import json
import time

import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.survey.refusals import drain_refusals
from include.eks_upgrade.planning.survey.survey import survey
from include.eks_upgrade.planning.survey.surveyed import Surveyed, new_group
from tests.eks_upgrade.planning.survey.small_cluster import (
    GROUP,
    budget,
    daemonset,
    job,
    node,
    numbers,
    pod,
    raw_pod,
    surveyed,
)


def test_without_a_group_to_replace_nothing_is_said():
    one = surveyed(pod("bare", of=""))
    assert survey(Surveyed(one.facts)).problems == ()
    assert survey(one).problems


def test_what_could_not_be_read_is_told_instead_of_half_of_the_truth():
    missing = Problem("list pods", "User cannot list", "give the role")
    found = survey(surveyed(pod("bare", of=""), refused=(missing,), unknown=("x is unknown",)))
    assert found.problems == (missing,)
    assert found.warnings == ("x is unknown",)


PODS = [
    pytest.param([], "pods on 2 old nodes: none", id="none"),
    pytest.param([pod("web", of="Deployment web")], "pods on 2 old nodes: 1 to be moved", id="one"),
    pytest.param([pod("bare", of=""), pod("log", of="DaemonSet log")],
                 "pods on 2 old nodes: 1 that the drain would refuse to move, 1 that go with their "
                 "nodes", id="refused"),
]  # fmt: skip


@pytest.mark.parametrize(("pods", "note"), PODS)
def test_a_note_counts_what_becomes_of_the_pods(pods, note):
    assert drain_refusals(surveyed(*pods, daemonsets=(daemonset("log"),))).notes == (note,)


def test_the_new_group_is_like_the_old_one_without_our_fence():
    group = {
        "nodegroupName": "workers",
        "labels": {"team": "shop"},
        "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
        "taints": [
            {"key": "dedicated", "value": "shop", "effect": "NO_SCHEDULE"},
            {"key": "spot", "effect": "PREFER_NO_SCHEDULE"},
            {"key": "eks-upgrade/replaced", "value": "max-3-capped-2", "effect": "NO_SCHEDULE"},
        ],
    }
    made = new_group("workers-k126", group, None)
    assert made.name == "workers-k126"
    assert made.labels == {"team": "shop"}
    assert made.taints == (("dedicated", "NoSchedule"), ("spot", "PreferNoSchedule"))
    assert new_group("n", {**group, "labels": None, "taints": None}, None).labels == {}


def crowd(pods: int, nodes: int) -> tuple[list[SurveyedPod], list[Node]]:
    """Many pods of a hundred Deployments, some of which ask for what goes away."""
    kept = {}
    made = []
    for number in range(pods):
        name = f"app-{number % 100}"
        spec = {"nodeSelector": {GROUP: "workers"}} if number % 100 < 5 else {}
        raw = raw_pod(
            f"{name}-{number}", of=f"Deployment {name}", on=f"w-{number % nodes}", spec=spec
        )
        made.append(SurveyedPod.from_raw(raw, lambda one: kept.setdefault(one, one)))
    return made, [node(f"w-{number}", "workers", "abc"[number % 3]) for number in range(nodes)]


def test_twenty_thousand_pods_on_a_thousand_nodes_cost_little_and_say_little():
    pods, nodes = crowd(20_000, 1_000)
    budgets = tuple(
        budget(f"app-{n}", f"app-{n}", maxUnavailable=n % 2, status=numbers(200, 200 - n % 2, 200))
        for n in range(100)
    )
    one = surveyed(
        *pods, *(pod(f"bare-{n}", of="") for n in range(300)), nodes=tuple(nodes), budgets=budgets
    )
    began = time.process_time()
    found = survey(one)
    assert time.process_time() - began < 6  # about a second on a quiet machine
    subjects = [problem.subject for problem in found.problems]
    assert (
        subjects[0] == "300 pods without controller (shop/bare-0, shop/bare-1, shop/bare-10,"
        " shop/bare-100, shop/bare-101 and 295 more)"
    )
    assert "1000 Deployment pods of 5 Deployments" in subjects[-1]
    assert len(subjects) == 1 + 26 + 1
    assert len(json.dumps([found.problems, found.warnings], default=str)) < 40_000


def test_everything_there_is_to_say_of_a_cluster_full_of_it_is_small():
    jobs = {("shop", f"job-{n}"): job(f"job-{n}", backoffLimit=0) for n in range(500)}
    labels = {"karpenter.sh/do-not-disrupt": "true"}
    found = survey(
        surveyed(
            *(pod(f"{name}-x", of=f"Job {name}", annotations=labels) for _, name in jobs),
            jobs=jobs,
            daemonsets=tuple(
                daemonset(f"driver-{n}", nodeSelector={GROUP: "workers"}) for n in range(100)
            ),
        )
    )
    assert found.problems == ()
    assert len(json.dumps(found.warnings)) < 10_000

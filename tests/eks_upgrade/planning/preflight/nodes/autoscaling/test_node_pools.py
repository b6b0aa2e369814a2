"""Karpenter's and Auto Mode's pools: whether their nodes follow the control plane."""

import pytest

from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.kube.readings.nodes.node_pools import (
    NODE_POOLS,
    Images,
    NodePool,
    NodePools,
)
from include.eks_upgrade.planning.preflight.nodes.autoscaling.node_pools import CHECK
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen

NODES = {"ip-7": {"karpenter.sh/nodepool": "default"}}


def given(pools, labels=None, version="v1.34.1"):
    labels = NODES if labels is None else labels
    kubelets = dict.fromkeys(labels, (version, None))
    facts = {"kubelets": kubelets, "loose_labels": labels}
    return seen("1.35", facts=facts, readings={NODE_POOLS.name: pools})


def pools(*terms, kind="EC2NodeClass", budgets=()):
    reference = {"nodeClassRef": {"kind": kind, "name": "own"}}
    spec = {"template": {"spec": reference}, "disruption": {"budgets": list(budgets)}}
    raw = {"metadata": {"name": "default"}, "spec": spec}
    images = Images.from_raw({"spec": {"amiSelectorTerms": list(terms)}})
    return NodePools((NodePool.from_raw(raw),), {"own": images})


@pytest.mark.parametrize(
    ("terms", "severity", "words"),
    [
        ([{"alias": "al2023@v20250115"}], "informs", "alias al2023@v20250115"),
        ([{"id": "ami-1"}, {"id": "ami-2"}], "warns", "names images by id (id ami-1, id ami-2)"),
        ([{"tags": {"team": "a"}}], "informs", "tags team=a"),
        ([{"ssmParameter": "/acme/image"}, {"id": "ami-1"}], "informs", "ssmParameter /acme/image"),
    ],
)
def test_images_that_do_not_follow_the_cluster_are_told(terms, severity, words):
    ((weight, subject, what),) = found(CHECK, given(pools(*terms)))
    assert (weight, subject) == (severity, "node pool default")
    assert words in what
    assert "its 1 node" in what


@pytest.mark.parametrize(
    ("budget", "held"),
    [
        ({"nodes": "0"}, True),
        ({"nodes": "0%", "reasons": ["Drifted", "Empty"]}, True),
        ({"nodes": 0}, True),
        ({"nodes": "0", "reasons": ["Empty"]}, False),
        ({"nodes": "0", "schedule": "0 9 * * 1-5", "duration": "8h"}, False),
        ({"nodes": "10%"}, False),
        ({}, False),
    ],
)
def test_a_budget_that_holds_drifted_nodes_for_ever_warns(budget, held):
    result = found(CHECK, given(pools({"alias": "al2023@latest"}, budgets=[budget])))
    assert [one[0] for one in result] == ["warns"] * held


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(given(pools({"alias": "bottlerocket@latest"})), id="the newest image"),
        pytest.param(given(pools({"id": "ami-1"}), {}), id="no node"),
        pytest.param(given(pools({"id": "ami-1"}), version="v1.35.0"), id="nodes at the target"),
        pytest.param(given(pools({"id": "ami-1"}, kind="NodeClass")), id="a class of Auto Mode"),
        pytest.param(given(NodePools()), id="pools of an older API"),
        pytest.param(given(pools({"id": "ami-1"}), {"ip-7": {"karpenter.sh/nodepool": "b"}}),
                     id="another pool"),
    ],
)  # fmt: skip
def test_pools_whose_nodes_follow_or_have_none_are_silent(case):
    assert found(CHECK, case) == []


def test_without_the_right_it_is_not_known_and_only_where_such_nodes_are():
    denied = NotRead("the caller may not list nodepools")
    assert "may not list nodepools" in outcome(CHECK, given(denied)).unknown
    assert not outcome(CHECK, given(denied, {})).unknown

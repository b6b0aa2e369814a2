"""What counts as worse than before, and what a finished upgrade looks like."""

import json

import pytest

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.outcome import Done, NotYet
from include.eks_upgrade.kube.objects import Owner, Pod, Workload
from include.eks_upgrade.verification import (
    Replaced,
    WorkloadHealth,
    cluster_outcome,
    compare,
    evictable,
    health_of,
)


def pending(name, words=""):
    return Pod(
        namespace="shop",
        name=name,
        phase="Pending",
        ready=False,
        owner=Owner("ReplicaSet", "web-5c9"),
        labels={"pod-template-hash": "5c9"},
        unschedulable=words,
    )


def load(available, wanted=3):
    return Workload(
        kind="Deployment", namespace="shop", name="web", wanted=wanted, available=available
    )


WELL = WorkloadHealth()


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        pytest.param(WELL, health_of([], [load(3)]), None, id="all-well"),
        pytest.param(WELL, health_of([], [load(2)]), "lacks 1 available", id="less-available"),
        pytest.param(
            health_of([], [load(2)]), health_of([], [load(2)]), None, id="short-before-too"
        ),
        pytest.param(
            WELL,
            health_of([pending("web-1", "0/3 nodes are available")], []),
            "0/3 nodes are available",
            id="pending-now",
        ),
        pytest.param(
            health_of([pending("web-1")], []),
            health_of([pending("web-2")], []),
            None,
            id="pending-before-under-another-name",
        ),
        pytest.param(
            health_of([pending("web-1")], []),
            health_of([pending("web-1"), pending("web-2")], []),
            "2 pod(s) of shop/Deployment web are Pending",
            id="more-pending-than-before",
        ),
        pytest.param(None, health_of([], [load(0)]), None, id="nobody-looked-before"),
    ],
)
def test_waits_only_for_what_is_worse_than_before(before, now, words):
    outcome = compare(before, now, [])
    if words is None:
        assert isinstance(outcome, Done)
    else:
        assert isinstance(outcome, NotYet)
        assert words in outcome.detail


def test_a_pod_left_on_an_old_node_is_named():
    outcome = compare(WELL, WELL, [Pod(namespace="shop", name="web-1", node="old-0")])
    assert "shop/web-1 is still on old node old-0" in outcome.detail


def test_static_daemonset_and_finished_pods_are_not_left_behind():
    daemon = Workload(kind="DaemonSet", namespace="shop", name="agent", wanted=1, available=1)
    pods = [
        Pod(namespace="shop", name="static", node="old-0", mirror=True),
        Pod(namespace="shop", name="agent-1", node="old-0", owner=Owner("DaemonSet", "agent")),
        Pod(namespace="shop", name="job-1", node="old-0", phase="Succeeded"),
        Pod(namespace="shop", name="web-1", node="old-0", empty_dir=True),
        Pod(namespace="shop", name="web-2", node="new-0"),
    ]
    assert [pod.name for pod in evictable(pods, [daemon], {"old-0"})] == ["web-1"]


def test_the_state_before_survives_the_way_through_json():
    before = health_of([pending("web-1")], [load(1)])
    read = WorkloadHealth.from_json(json.loads(json.dumps(before.as_json())))
    assert (read.pending, read.short) == (before.pending, before.short)


WANTED = {
    "to_version": "1.26",
    "addons": {"coredns": "v2"},
    "groups": [Replaced(name="workers", replacement="workers-k126", to_version="1.26")],
}


def facts(**changes):
    plain = {
        "cluster": {"version": "1.26", "status": "ACTIVE"},
        "addons": {"coredns": {"status": "ACTIVE", "addonVersion": "v2"}},
        "node_groups": {
            "workers-k126": {"status": "ACTIVE", "scalingConfig": {"desiredSize": 1}},
        },
        "kubelets": {"new-0": ("v1.26.15-eks-1", "workers-k126")},
    }
    return ClusterFacts(**{**plain, **changes})


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        pytest.param(
            facts(cluster={"version": "1.25", "status": "ACTIVE"}),
            "control plane is at 1.25, not at 1.26",
            id="control-plane",
        ),
        pytest.param(
            facts(addons={"coredns": {"status": "DEGRADED", "addonVersion": "v2"}}),
            "coredns is DEGRADED",
            id="add-on-degraded",
        ),
        pytest.param(
            facts(addons={"coredns": {"status": "ACTIVE", "addonVersion": "v1"}}),
            "coredns is at v1, not at v2",
            id="add-on-behind",
        ),
        pytest.param(facts(addons={}), "coredns is gone", id="add-on-gone"),
        pytest.param(
            facts(
                node_groups={
                    "workers": {"status": "DELETE_FAILED"},
                    "workers-k126": {"status": "ACTIVE", "scalingConfig": {"desiredSize": 1}},
                }
            ),
            "old node group workers is still there (DELETE_FAILED)",
            id="old-group",
        ),
        pytest.param(facts(node_groups={}), "workers-k126 is not there", id="no-new-group"),
        pytest.param(facts(kubelets={}), "has no node", id="no-node"),
        pytest.param(
            facts(kubelets={"new-0": ("v1.25.1", "workers-k126")}),
            "new-0 of workers-k126 runs kubelet v1.25.1, not 1.26",
            id="kubelet",
        ),
    ],
)
def test_names_what_is_not_as_planned(seen, words):
    outcome = cluster_outcome(seen, **WANTED)
    assert isinstance(outcome, NotYet)
    assert words in outcome.detail


def test_a_cluster_as_planned_is_done():
    assert isinstance(cluster_outcome(facts(), **WANTED), Done)

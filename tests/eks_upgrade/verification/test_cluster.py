"""What a finished upgrade looks like, and what was broken before it."""

import json

import pytest

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.outcome import Done, NotYet
from include.eks_upgrade.verification.cluster import (
    BrokenBefore,
    Replaced,
    broken_before,
    cluster_outcome,
)

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


def degraded(status="DEGRADED", version="v2"):
    issues = [{"code": "InsufficientNumberOfReplicas", "message": "unscheduled", "resourceIds": []}]
    return {"status": status, "addonVersion": version, "health": {"issues": issues}}


def grouped(name, status, **groups):
    sizes = {"scalingConfig": {"desiredSize": 1}}
    there = {"workers-k126": {"status": "ACTIVE", **sizes}, name: {"status": status, **sizes}}
    return facts(node_groups={**there, **groups})


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        pytest.param(
            facts(addons={"coredns": degraded()}),
            facts(addons={"coredns": degraded()}),
            None,
            id="degraded before and now",
        ),
        pytest.param(
            facts(addons={"coredns": degraded("UPDATE_FAILED")}),
            facts(addons={"coredns": degraded("UPDATE_FAILED")}),
            None,
            id="a failed update of long ago",
        ),
        pytest.param(
            facts(addons={"coredns": degraded("CREATE_FAILED")}),
            facts(addons={"coredns": degraded()}),
            None,
            id="better than before",
        ),
        pytest.param(
            facts(addons={"coredns": degraded()}),
            facts(addons={"coredns": degraded("UPDATE_FAILED")}),
            "coredns is UPDATE_FAILED",
            id="worse than before",
        ),
        pytest.param(
            facts(addons={"coredns": degraded()}),
            facts(addons={"coredns": degraded("UPDATING")}),
            "coredns is UPDATING",
            id="AWS is at work on it",
        ),
        pytest.param(
            facts(addons={"coredns": degraded()}),
            facts(addons={"coredns": degraded(version="v1")}),
            "coredns is at v1, not at v2",
            id="its version is another matter",
        ),
        pytest.param(
            facts(),
            facts(addons={"coredns": degraded()}),
            "coredns is DEGRADED; InsufficientNumberOfReplicas: unscheduled",
            id="broken by now",
        ),
        pytest.param(
            grouped("workers", "DEGRADED"),
            grouped("workers-k126", "DEGRADED"),
            None,
            id="what kept instances from the old group keeps them from the new",
        ),
        pytest.param(
            grouped("workers", "ACTIVE"),
            grouped("workers-k126", "DEGRADED"),
            "workers-k126 is DEGRADED",
            id="the new group is worse than the old",
        ),
        pytest.param(
            grouped("workers", "DEGRADED"),
            grouped("workers-k126", "CREATE_FAILED"),
            "workers-k126 is CREATE_FAILED",
            id="the new group never came to be",
        ),
        pytest.param(
            facts(), grouped("batch", "DEGRADED"), None, id="a group that the run leaves alone"
        ),
    ],
)
def test_only_what_is_worse_than_before_keeps_a_run_from_its_end(before, now, kept):
    outcome = cluster_outcome(now, **WANTED, before=broken_before(before))
    if kept is None:
        assert isinstance(outcome, Done), outcome
    else:
        assert isinstance(outcome, NotYet)
        assert kept in outcome.detail


def test_what_is_not_well_and_no_fault_of_the_run_is_told_at_the_end():
    before = broken_before(facts(addons={"coredns": degraded(), "adot": degraded()}))
    now = grouped("batch", "DEGRADED")
    now = facts(addons={"coredns": degraded(), "adot": degraded()}, node_groups=now.node_groups)
    outcome = cluster_outcome(now, **WANTED, before=before)
    assert isinstance(outcome, Done)
    assert "add-on coredns is DEGRADED; InsufficientNumberOfReplicas" in outcome.detail
    assert "unscheduled, as before" in outcome.detail
    assert "node group batch is DEGRADED since this run" in outcome.detail


@pytest.mark.parametrize("plain", [None, "", {}, {"addons": None}, [], {"other": 1}])
def test_an_older_plan_knows_of_nothing_broken(plain):
    assert BrokenBefore.from_json(plain) == BrokenBefore()


def test_the_state_before_survives_the_way_through_json():
    before = broken_before(facts(addons={"coredns": degraded()}))
    assert BrokenBefore.from_json(json.loads(json.dumps(before.as_json()))) == before

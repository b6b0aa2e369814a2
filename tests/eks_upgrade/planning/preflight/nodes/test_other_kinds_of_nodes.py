"""Nodes that no managed group stands behind, as findings."""

from include.eks_upgrade.planning.preflight.nodes.other_kinds_of_nodes import CHECK
from tests.eks_upgrade.planning.conftest import cluster
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, seen

COMPUTE = "eks.amazonaws.com/compute-type"


def told(labels, *, auto_mode=False):
    mode = cluster("1.34", computeConfig={"enabled": auto_mode})
    kubelets = dict.fromkeys(labels, ("v1.34.1", None))
    facts = {"cluster": mode, "kubelets": kubelets, "loose_labels": labels}
    return found(CHECK, seen("1.35", facts=facts))


def test_what_a_person_must_do_warns_and_what_happens_by_itself_informs():
    labels = {
        "a": {COMPUTE: "fargate"},
        "b": {COMPUTE: "hybrid"},
        "c": {COMPUTE: "auto", "karpenter.sh/nodepool": "system"},
        "d": {"karpenter.sh/nodepool": "x"},
        "e": {},
    }
    assert [one[:2] for one in told(labels)] == [
        ("warns", "Fargate nodes"),
        ("warns", "hybrid nodes"),
        ("informs", "Auto Mode nodes"),
        ("informs", "Karpenter nodes"),
        ("warns", "self-managed nodes"),
    ]


def test_a_cluster_of_managed_groups_alone_is_silent():
    assert found(CHECK, seen("1.35")) == []


def test_auto_mode_without_a_node_is_told_all_the_same():
    assert [one[:2] for one in told({}, auto_mode=True)] == [("informs", "EKS Auto Mode")]

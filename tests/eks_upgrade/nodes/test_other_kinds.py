"""What a node is that no managed node group stands behind: by its labels, names last."""

import pytest

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.other_kinds import Kind, kind_of, other_compute_warnings

COMPUTE = "eks.amazonaws.com/compute-type"
EC2 = {"kubernetes.io/os": "linux", "kubernetes.io/hostname": "any"}


@pytest.mark.parametrize(
    ("name", "labels", "kind"),
    [
        pytest.param("my-node", {COMPUTE: "hybrid"}, Kind.HYBRID, id="hybrid of any name"),
        pytest.param("mi-05c1e85888a3cd9b6", {COMPUTE: "hybrid"}, Kind.HYBRID, id="hybrid of SSM"),
        pytest.param("mi-05c1e85888a3cd9b6", EC2, Kind.HYBRID, id="hybrid by its name alone"),
        pytest.param("i-0123456789abcdef0", {COMPUTE: "auto", "karpenter.sh/nodepool": "system"},
                     Kind.AUTO_MODE, id="Auto Mode, which has a node pool, too"),
        pytest.param("ip-10-0-0-1", {COMPUTE: "auto"}, Kind.AUTO_MODE, id="Auto Mode, other name"),
        pytest.param("i-0123456789abcdef0", EC2, Kind.SELF_MANAGED,
                     id="self-managed, named by its instance"),
        pytest.param("fargate-ip-10-0-0-1", {COMPUTE: "fargate"}, Kind.FARGATE, id="Fargate"),
        pytest.param("fargate-ip-10-0-0-1", {}, Kind.FARGATE, id="Fargate by its name alone"),
        pytest.param("ip-10-0-0-1", {"karpenter.sh/nodepool": "default"}, Kind.KARPENTER,
                     id="Karpenter v1"),
        pytest.param("ip-10-0-0-1", {"karpenter.sh/provisioner-name": "default"}, Kind.KARPENTER,
                     id="Karpenter v1alpha5"),
        pytest.param("i-0123456789abcdef0", {"karpenter.sh/nodepool": ""}, Kind.KARPENTER,
                     id="Karpenter, empty value"),
        pytest.param("ip-10-0-0-1", {COMPUTE: "quantum"}, Kind.SELF_MANAGED,
                     id="a compute type that came later"),
        pytest.param("ip-10-0-0-1", EC2, Kind.SELF_MANAGED, id="self-managed"),
        pytest.param("i-0123456789abcdef0", None, Kind.AUTO_MODE, id="labels not read"),
        pytest.param("ip-10-0-0-1", None, Kind.UNKNOWN, id="neither labels nor a telling name"),
    ],
)  # fmt: skip
def test_a_nodes_kind_is_read_from_its_labels_and_last_from_its_name(name, labels, kind):
    assert kind_of(name, labels, auto_mode=True) is kind


def test_each_kind_is_told_with_what_its_owner_must_do():
    labels = {
        "my-node": {COMPUTE: "hybrid"},
        "pool-1": {"karpenter.sh/nodepool": "default"},
        "i-01": EC2,
        "i-02": {COMPUTE: "auto"},
    }
    facts = ClusterFacts(
        cluster={"version": "1.34", "computeConfig": {"enabled": True}},
        kubelets={**dict.fromkeys(labels, ("v1.34.1", None)), "ours": ("v1.34.1", "workers")},
        loose_labels=labels,
    )
    auto, hybrid, karpenter, self_managed = other_compute_warnings(Minor(1, 35), facts)
    assert "EKS Auto Mode is on (1 node seen)" in auto
    assert "1 hybrid node is not replaced by this run, my-node: upgrade them with" in hybrid
    assert "1 Karpenter node is not replaced by this run, pool-1: Karpenter" in karpenter
    assert "(self-managed) is not replaced by this run, i-01: replace them by hand" in self_managed


def test_auto_mode_nodes_of_a_cluster_that_has_it_no_more_are_told():
    facts = ClusterFacts(
        cluster={"version": "1.34"},
        kubelets={"i-02": ("v1.34.1", None)},
        loose_labels={"i-02": {COMPUTE: "auto"}},
    )
    (told,) = other_compute_warnings(Minor(1, 35), facts)
    assert "EKS Auto Mode is off (1 node seen)" in told

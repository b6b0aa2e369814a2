"""What a node is that no managed node group stands behind: by its labels, names last."""

import pytest

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.other_kinds import EKSCTL_GROUP, Kind, kind_of, other_nodes

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


@pytest.mark.parametrize(
    ("name", "labels", "provider", "kind"),
    [
        pytest.param("any", {}, "eks-hybrid:///eu-west-1/demo/any", Kind.HYBRID, id="hybrid"),
        pytest.param("any", {}, "aws:///eu-west-1a/a1b2/fargate-ip-10-0-0-1", Kind.FARGATE,
                     id="Fargate"),
        pytest.param("mi-ddleware-7", EC2, "aws:///eu-west-1a/i-01", Kind.SELF_MANAGED,
                     id="an instance with a name as SSM's"),
        pytest.param("any", {COMPUTE: "auto"}, "aws:///eu-west-1a/i-01", Kind.AUTO_MODE,
                     id="Auto Mode, whose label counts more"),
        pytest.param("any", EC2, "kind://docker/kind/worker", Kind.SELF_MANAGED,
                     id="a provider nobody knows"),
    ],
)  # fmt: skip
def test_a_providers_id_tells_the_kind_where_no_label_does(name, labels, provider, kind):
    assert kind_of(name, labels, provider, auto_mode=False) is kind


def found(labels, *, version="v1.34.1", providers=None):
    facts = ClusterFacts(
        cluster={"version": "1.34"},
        kubelets={**dict.fromkeys(labels, (version, None)), "ours": ("v1.34.1", "workers")},
        loose_labels=labels,
        loose_providers=providers or {},
    )
    return other_nodes(Minor(1, 35), facts)


def test_the_nodes_of_each_kind_are_counted_with_what_their_owner_must_do():
    hybrid, karpenter, self_managed = found(
        {"my-node": {COMPUTE: "hybrid"}, "pool-1": {"karpenter.sh/nodepool": "x"}, "i-01": EC2}
    )
    assert hybrid.what == "1 hybrid node is not replaced by this run, my-node"
    assert hybrid.to_do(Minor(1, 35)).startswith("upgrade them with nodeadm")
    assert karpenter.what == "1 Karpenter node is not replaced by this run, pool-1"
    assert self_managed.what == (
        "1 node outside managed node groups (self-managed) is not replaced by this run, i-01"
    )
    assert self_managed.to_do(Minor(1, 35)) == "replace them by hand"


def test_unmanaged_groups_of_eksctl_are_named_with_its_own_way():
    (told,) = found({f"i-{n}": {EKSCTL_GROUP: f"ng-{n}"} for n in (1, 2)})
    assert (
        "2 nodes outside managed node groups (self-managed, eksctl's node groups ng-1, ng-2)"
        in (told.what)
    )
    assert "eksctl create nodegroup" in told.to_do(Minor(1, 35))


def test_nodes_at_the_target_are_nobodys_work():
    assert found({"i-01": EC2}, version="v1.35.0-eks-1") == ()
    assert len(found({"i-01": EC2}, version="")) == 1

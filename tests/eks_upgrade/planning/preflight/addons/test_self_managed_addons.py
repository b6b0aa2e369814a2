"""Add-ons that run and are none of EKS's."""

import pytest

from include.eks_upgrade.aws.readings.addon_offers import ADDON_OFFERS
from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.kube.readings.components import COMPONENTS, Component
from include.eks_upgrade.planning.preflight.addons.self_managed_addons import CHECK
from tests.eks_upgrade.planning.conftest import addon_version
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen

CNI = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni"
OFFERS = {
    "vpc-cni": (
        addon_version("v1.19.0-eksbuild.1", "", "1.34", "1.35"),
        addon_version("v1.20.4-eksbuild.2", "1.35", "1.34", "1.35"),
        addon_version("v1.12.0-eksbuild.1", "", "1.25"),
    )
}


def aws_node(tag):
    return Component("vpc-cni", "DaemonSet", "kube-system", "aws-node", f"{CNI}:{tag}")


def given(*components, offers=OFFERS, **more):
    readings = {COMPONENTS.name: components, ADDON_OFFERS.name: offers}
    return seen("1.35", readings=readings, facts={"addons": {}, **more})


def test_one_that_does_not_fit_the_target_warns_and_says_what_does():
    ((severity, subject, what),) = found(CHECK, given(aws_node("v1.12.0")))
    assert (severity, subject) == ("warns", "add-on vpc-cni")
    assert "DaemonSet kube-system/aws-node runs v1.12.0 and is no EKS add-on" in what
    assert "for 1.35 EKS lists v1.19.0-eksbuild.1 to v1.20.4-eksbuild.2, v1.20.4-eks" in what
    (finding,) = outcome(CHECK, given(aws_node("v1.12.0"))).findings
    assert (
        "update it by hand to what fits, or hand it over to EKS (aws eks create" in finding.remedy
    )


def test_what_is_handed_over_is_a_version_that_eks_takes_now_and_that_fits_the_target():
    proxy = Component("kube-proxy", "DaemonSet", "kube-system", "kube-proxy", "x:v1.30.0")
    entries = (
        addon_version("v1.34.1-eksbuild.2", "1.34", "1.34", "1.35"),
        addon_version("v1.35.0-eksbuild.2", "1.35", "1.35"),
    )
    (finding,) = outcome(CHECK, given(proxy, offers={"kube-proxy": entries})).findings
    assert "--addon-version v1.34.1-eksbuild.2 " in finding.remedy
    (finding,) = outcome(CHECK, given(proxy, offers={"kube-proxy": entries[1:]})).findings
    assert "EKS lists v1.35.0-eksbuild.2 alone" in finding.what
    assert "hand it over to EKS when the control plane is at 1.35" in finding.remedy
    assert "create-addon" not in finding.remedy


@pytest.mark.parametrize("tag", ["v1.19.0", "v1.19.0-eksbuild.7", "1.20.4"])
def test_one_that_fits_is_worth_to_know(tag):
    ((severity, _, _),) = found(CHECK, given(aws_node(tag)))
    assert severity == "informs"


@pytest.mark.parametrize(
    ("component", "offers", "words"),
    [
        pytest.param(aws_node("v1.12.0"), {"vpc-cni": ()}, "EKS lists no version of it for 1.35",
                     id="EKS has none"),
        pytest.param(Component("vpc-cni", "DaemonSet", "kube-system", "aws-node", "x@sha256:00"),
                     OFFERS, "a version that its image hides", id="no tag"),
    ],
)  # fmt: skip
def test_where_it_cannot_be_judged_it_is_told_and_not_warned_of(component, offers, words):
    ((severity, _, what),) = found(CHECK, given(component, offers=offers))
    assert (severity, words in what) == ("informs", True)


def test_two_workloads_of_one_add_on_are_one_finding():
    parts = [
        Component("aws-ebs-csi-driver", kind, "kube-system", name, "x/aws-ebs-csi-driver:v1.30.0")
        for kind, name in (("Deployment", "ebs-csi-controller"), ("DaemonSet", "ebs-csi-node"))
    ]
    ((_, subject, what),) = found(CHECK, given(*parts))
    assert subject == "add-on aws-ebs-csi-driver"
    assert "ebs-csi-controller, DaemonSet kube-system/ebs-csi-node runs v1.30.0 and" in what


def test_an_add_on_of_eks_and_what_is_no_add_on_are_silent():
    scaler = Component("cluster-autoscaler", "Deployment", "kube-system", "ca", "x:v1.30.0")
    addons = {"vpc-cni": {"addonName": "vpc-cni"}}
    assert found(CHECK, given(aws_node("v1.12.0"), scaler, addons=addons)) == []
    assert found(CHECK, given()) == []


def test_what_may_not_be_read_is_not_known():
    denied = NotRead("the caller may not eks:DescribeAddonVersions")
    assert (
        "DescribeAddonVersions" in outcome(CHECK, given(aws_node("v1.12.0"), offers=denied)).unknown
    )
    assert not outcome(CHECK, given(offers=denied)).unknown

"""Which Kubernetes an image says it holds: better evidence first, numbers of its own not at all."""

from dataclasses import replace

import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.images.kubernetes_version import in_doubt, near, version_of
from include.eks_upgrade.nodes.images.suitability import Wanted, judge_image
from tests.eks_upgrade.nodes.test_images import GROUP, raw, seen_hardware, seen_image

OFFERED = frozenset(f"1.{number}" for number in range(29, 37))
GOLDEN = "acme-al2023-eks-node-1.15.3"


def told(name="", description="", tags=()):
    image = {"Name": name, "Description": description}
    if tags:
        image["Tags"] = [{"Key": key, "Value": value} for key, value in tags]
    return version_of(image, OFFERED)


NAMES = [
    pytest.param("acme-eks-1.33-20250501", "1.33", id="eks and a minor"),
    pytest.param("acme-eks-1.33.4-7", "1.33", id="eks and a patch"),
    pytest.param("acme-eks-v1.33", "1.33", id="with a v"),
    pytest.param("acme-eks-1-33-2025-05-01", "1.33", id="dashes"),
    pytest.param("acme_eks_1_33_golden", "1.33", id="underscores"),
    pytest.param("acme-eks-133-golden", "1.33", id="no dot"),
    pytest.param("acme-eks133", "1.33", id="glued and no dot"),
    pytest.param("acme-k8s1.33-x", "1.33", id="glued to k8s"),
    pytest.param("acme/kubernetes=1.33.4/base", "1.33", id="an equals sign"),
    pytest.param("ACME-K8S-V1.33", "1.33", id="capitals"),
    pytest.param("acme-kubernetes-version-1.33", "1.33", id="the word version"),
    pytest.param("acme-kubelet-v1.33.4-eks-abc123", "1.33", id="a kubelet's own version"),
    pytest.param("acme-node-v1.33.4-eks-abc123", "1.33", id="a kubelet's version by itself"),
    pytest.param("acme-workers-k133", "1.33", id="like a group's suffix"),
    pytest.param("acme-1.33-golden", "1.33", id="a minor by itself"),
    pytest.param("acme-1.15.3-k8s-1.33", "1.33", id="its own number first"),
    pytest.param("acme-node-1.31.4-k8s-1.33", "1.33", id="k8s counts more than node"),
    pytest.param("acme-efa-1.30-eks-1.33", "1.33", id="other software beside it"),
    pytest.param("copy of amazon-eks-node-al2023-x86_64-nvidia-1.28-v20240807", "1.28",
                 id="a maker's name counts though EKS does not offer it any more"),
    pytest.param("bottlerocket-aws-k8s-1.28-x86_64-v1.19.2-abc", "1.28", id="Bottlerocket"),
    pytest.param(GOLDEN, "", id="a golden image's own number"),
    pytest.param("acme-k8s-1.15.3", "", id="its own number, even after k8s"),
    pytest.param("acme-eks-node-1.150", "", id="three digits are no minor"),
    pytest.param("acme-eks-1.20240508", "", id="a date"),
    pytest.param("acme-eks-20240508", "", id="a date without a dot"),
    pytest.param("acme-eks-20241331", "", id="a date with 133 in it"),
    pytest.param("acme-al2023-kernel-6.1-containerd-1.7", "", id="kernel and containerd"),
    pytest.param("acme-efa-1.33", "", id="another software's version"),
    pytest.param("acme-eks-1.9", "", id="older than EKS"),
    pytest.param("acme-eks-2.33", "", id="another major"),
    pytest.param("acme-1.33-or-1.34", "", id="two minors"),
    pytest.param("acme-1.33.2", "", id="a patch by itself may be anything"),
    pytest.param("", "", id="no name"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "minor"), NAMES)
def test_a_name_tells_a_minor_only_where_it_can_be_one(name, minor):
    assert told(name).minor == minor


DESCRIPTIONS = [
    pytest.param("k8s: 1.33.2", "1.33", id="as EKS writes it"),
    pytest.param("EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: 1.33.13, "
                 "containerd: 2.*)", "1.33", id="all of EKS's own"),
    pytest.param("golden image for Kubernetes v1.33 (base 1.15.3)", "1.33", id="a sentence"),
    pytest.param("Kubernetes (1.33)", "1.33", id="in brackets"),
    pytest.param("K8S_VERSION=1.33.4", "1.33", id="a variable"),
    pytest.param("kubernetes_version: 1-33", "1.33", id="dashes"),
    pytest.param("k8s: 1.20.4", "1.20", id="plain words count though EKS does not offer it"),
    pytest.param("for EKS 1.33", "1.33", id="EKS"),
    pytest.param("EKS image 1.33.7", "", id="a number far from the word"),
    pytest.param("kernel 6.1.119, containerd 1.7.27, runc 1.1.14", "", id="other software"),
    pytest.param("k8s: 1.33.2, was k8s: 1.32.1", "", id="two of them"),
]  # fmt: skip


@pytest.mark.parametrize(("description", "minor"), DESCRIPTIONS)
def test_a_description_tells_a_minor_by_its_words(description, minor):
    assert told("acme-golden", description).minor == minor


TAGS = [
    pytest.param("kubernetes_version", "1.33", "1.33", id="kubernetes_version"),
    pytest.param("KubernetesVersion", "v1.33.4", "1.33", id="capitals and a patch"),
    pytest.param("eks_version", "1.33", "1.33", id="eks_version"),
    pytest.param("acme.com/k8s-version", "1-33", "1.33", id="a prefix and dashes"),
    pytest.param("acme:eks:version", "133", "1.33", id="colons and no dot"),
    pytest.param("kubernetes", "1.33.0/2025-05-17/bin/linux/x86_64", "1.33", id="EKS's own build"),
    pytest.param("kubernetes_version", "latest", "", id="no version"),
    pytest.param("kubernetes_version", "", "", id="empty"),
    pytest.param("eks_ami_version", "1.33", "", id="another thing's version"),
    pytest.param("version", "1.33", "", id="nobody says of what"),
]


@pytest.mark.parametrize(("key", "value", "minor"), TAGS)
def test_a_tag_tells_a_minor_by_its_key(key, value, minor):
    assert told("acme-golden", tags=[(key, value)]).minor == minor


def test_the_better_evidence_counts_first():
    tag, description = [("kubernetes_version", "1.34")], "k8s: 1.33.2"
    assert told("acme-eks-1.32", description, tag).where == "its tag kubernetes_version"
    assert told("acme-eks-1.32", description).minor == "1.33"
    assert told("acme-eks-1.32").where == "its name"


def test_tags_that_contradict_one_another_leave_the_word_to_the_description():
    tags = [("kubernetes_version", "1.34"), ("eks_version", "1.33")]
    assert told("acme", "k8s: 1.32.1", tags).minor == "1.32"


def test_where_the_offer_is_not_known_a_minor_near_the_wanted_one_counts():
    assert version_of({"Name": "acme-eks-1.27"}, near("1.33")).minor == "1.27"
    assert version_of({"Name": GOLDEN}, near("1.33")).minor == ""


ASKED = [
    pytest.param({"Name": GOLDEN}, True, id="a number that may be its own"),
    pytest.param({"Name": GOLDEN, "Description": "k8s: 1.33.2"}, False, id="plain words"),
    pytest.param({"Name": "acme-eks-1.33"}, False, id="the wanted minor"),
    pytest.param({"Name": "acme-golden"}, False, id="no number"),
]


@pytest.mark.parametrize(("image", "doubt"), ASKED)
def test_eks_is_asked_for_its_offer_only_where_that_decides(image, doubt):
    assert in_doubt(image, "1.33") is doubt


def test_a_golden_image_with_a_number_of_its_own_is_taken_for_the_kubernetes_it_describes():
    image = raw(Name=GOLDEN, Description="k8s: 1.33.2")
    judged = judge_image(image, Wanted("workers", "x86_64", "al2023", "1.33"), "here")
    assert isinstance(judged, Image)
    assert judged.kubernetes_version == "1.33"
    assert judged.notes == ()


def test_an_image_for_another_minor_is_refused_with_where_it_says_so_and_how_to_correct_it():
    image = raw(Name="acme-al2023-eks-node-1.31.0")
    problem = judge_image(image, Wanted("workers", "x86_64", "al2023", "1.33"), "here")
    assert isinstance(problem, Problem)
    assert "its name says Kubernetes 1.31 and the nodes are to run 1.33" in problem.what
    assert "the tag kubernetes_version=1.33" in problem.remedy


OFFERS = [
    pytest.param("acme-al2-eks-node-1.30.2", None, id="EKS does not offer its number"),
    pytest.param("acme-al2-eks-node-1.31.2", "says Kubernetes 1.31", id="EKS offers it"),
]


@pytest.mark.parametrize(("name", "refused"), OFFERS)
def test_what_eks_offers_decides_about_a_number_that_may_be_the_image_s_own(aws, name, refused):
    clients, ec2, _ = aws
    eks = boto3.client("eks", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    with Stubber(eks) as asked:
        offer = [{"clusterVersion": minor} for minor in ("1.31", "1.32", "1.33")]
        asked.add_response("describe_cluster_versions", {"clusterVersions": offer})
        seen_hardware(ec2)
        seen_image(ec2, ImageId="ami-1", Name="acme-al2-7")
        seen_image(ec2, ImageId="ami-2", Name=name)
        found = find_image(
            replace(clients, eks=eks), AmiChoice(source="image_id", image_id="ami-2"), GROUP, "1.33"
        )
    assert (refused in str(found)) if refused else isinstance(found, Image)

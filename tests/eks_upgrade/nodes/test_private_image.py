"""A group that runs an image of its owner's own: kept, unless a person says otherwise."""

import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.images.private_image import is_private, name_pattern
from tests.eks_upgrade.nodes.test_images import GROUP, SSM, raw, seen_hardware, seen_image

MINE, GOLDEN = "111122223333", "acme-al2-eks-node-1.15.3"


WHOSE = [
    pytest.param({"ImageOwnerAlias": "amazon", "Name": "amazon-eks-node-1.26-v20230501"}, False,
                 id="EKS's own, given by its id"),
    pytest.param({"ImageOwnerAlias": "amazon", "Name": "bottlerocket-aws-k8s-1.26-x86_64-v1"},
                 False, id="Bottlerocket"),
    pytest.param({"OwnerId": "099720109477", "Public": True, "Name": "ubuntu-eks/k8s_1.26/x"},
                 False, id="Ubuntu"),
    pytest.param({"OwnerId": "5", "Public": True, "Name": "amazon-eks-node-1.26-v20230501"}, False,
                 id="public, and named as EKS names them"),
    pytest.param({"Name": "amazon-eks-node-1.26-v20230501"}, False, id="nothing but its name"),
    pytest.param({"OwnerId": MINE, "Public": False, "Name": GOLDEN}, True, id="golden"),
    pytest.param({"OwnerId": MINE, "Public": False, "Name": "amazon-eks-node-1.26-v20230501"}, True,
                 id="a private copy that kept its name"),
    pytest.param({"OwnerId": MINE, "Name": "amazon-eks-node-1.26-v20230501"}, True,
                 id="an owner, and nothing about public"),
    pytest.param({"OwnerId": "6", "Public": True, "ImageOwnerAlias": "aws-marketplace",
                  "Name": "cis-hardened-eks"}, True, id="of the marketplace"),
    pytest.param({"OwnerId": "6", "Public": True, "Name": "vendor-eks-1.26"}, True,
                 id="a vendor's public one"),
    pytest.param({}, True, id="nothing is known"),
]  # fmt: skip


@pytest.mark.parametrize(("image", "private"), WHOSE)
def test_an_image_is_private_unless_a_public_maker_publishes_it(image, private):
    assert is_private(image) is private


PATTERNS = [
    pytest.param("acme-al2023-eks-node-1.15.3", "acme-al2023-eks-node-*", id="its own version"),
    pytest.param("acme-eks-1.33-x86_64-20250101", "acme-eks-*-x86_64-*", id="minor and date"),
    pytest.param("acme-eks-1-33-2025-01-01", "acme-eks-*", id="dashes"),
    pytest.param("acme_eks_133_v20250101", "acme_eks_*", id="underscores"),
    pytest.param("acme-eks133-golden-7", "acme-eks*-golden-*", id="glued"),
    pytest.param("acme-k8s1.33.4-arm64", "acme-k8s*-arm64", id="glued to k8s"),
    pytest.param("golden/eks/v1.33.4-rc.2", "golden/eks/*", id="a candidate"),
    pytest.param("acme-eks-2025-01-01T12-30-00Z", "acme-eks-*", id="a time"),
    pytest.param("acme-eks-2025-01-01T123000Z", "acme-eks-*", id="a time without dashes"),
    pytest.param("acme-eks 1714567890", "acme-eks *", id="Packer's timestamp"),
    pytest.param("acme-eks-3f9c2d1", "acme-eks-*", id="a commit"),
    pytest.param("acme-eks-6a1b2c3d-0000-1111-2222-333344445555", "acme-eks-*", id="a UUID"),
    pytest.param("acme-ubuntu-22.04-eks-1.33.2", "acme-ubuntu-22.04-eks-*", id="Ubuntu"),
    pytest.param("acme-amazon-linux-2023-7", "acme-amazon-linux-2023-*", id="Amazon Linux"),
    pytest.param("acme-eks-build42", "acme-eks-*", id="a build"),
    pytest.param("team7-gpu-node", "team7-gpu-node*", id="nothing that changes"),
    pytest.param("deadbeef-decade", "deadbeef-decade*", id="words of hexadecimal letters"),
    pytest.param("1.15.3", "", id="nothing but a version"),
    pytest.param("v2-20250101", "", id="nothing but a version and a date"),
    pytest.param("", "", id="no name"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "pattern"), PATTERNS)
def test_a_name_becomes_the_pattern_that_its_successors_fit(name, pattern):
    assert name_pattern(name) == pattern


def golden(number, **changes):
    return raw(ImageId=f"ami-{number}", Name=f"acme-al2-eks-node-1.15.{number}", OwnerId=MINE,
               Public=False, CreationDate=f"2026-0{number}-01T00:00:00.000Z",
               Description="k8s: 1.26.4", **changes)  # fmt: skip


def runs(ec2, image, candidates=None):
    seen_hardware(ec2)
    ec2.add_response("describe_images", {"Images": [image]}, {"ImageIds": ["ami-1"]})
    if candidates is not None:
        asked = {"Owners": [MINE], "IncludeDeprecated": True,
                 "Filters": [{"Name": "name", "Values": ["acme-al2-eks-node-*"]}]}  # fmt: skip
        ec2.add_response("describe_images", {"Images": candidates}, asked)


def refused(clients, **choice):
    problem = find_image(clients, AmiChoice(**choice), GROUP, "1.26")
    assert isinstance(problem, Problem)
    assert problem.subject == "node group workers"
    return problem


def test_a_private_image_is_not_replaced_and_the_newer_ones_that_fit_are_told(aws):
    clients, ec2, _ = aws
    others = [
        golden(1),
        golden(2, DeprecationTime="2027-01-01"),
        golden(4),
        golden(3),
        golden(5, State="pending"),
        {**golden(6), "Architecture": "arm64"},
        {**golden(7), "Description": "k8s: 1.27.1"},
        {**golden(8), "Name": "acme-al2-eks-node-al2023"},
        {**golden(9), "CreationDate": "2025-01-01T00:00:00.000Z"},
    ]
    runs(ec2, golden(1), others)
    problem = refused(clients)
    assert "it runs ami-1 (acme-al2-eks-node-1.15.1), an image of account 111122223333" in (
        problem.what
    )
    assert problem.what.endswith(
        f"newer images of {MINE} named acme-al2-eks-node-* that fit Kubernetes 1.26: "
        "ami-4 (acme-al2-eks-node-1.15.4, 2026-04-01), "
        "ami-3 (acme-al2-eks-node-1.15.3, 2026-03-01), "
        "ami-2 (acme-al2-eks-node-1.15.2, 2026-02-01)"
    )
    for words in (f"ami_source=name_pattern with ami_owner={MINE}", "ami_id=ami-4",
                  "ami_name_pattern=acme-al2-eks-node-*", "node_groups",
                  "replace_custom_image=true"):  # fmt: skip
        assert words in problem.remedy


def test_of_many_newer_images_a_few_are_told_and_the_rest_counted(aws):
    clients, ec2, _ = aws
    runs(ec2, golden(1), [golden(number) for number in range(2, 8)])
    assert "and 3 more" in refused(clients).what


def test_an_image_that_tells_no_version_is_told_so(aws):
    clients, ec2, _ = aws
    runs(ec2, golden(1), [{**golden(2), "Description": "", "Name": "acme-al2-eks-node-x"}])
    assert "(acme-al2-eks-node-x, 2026-02-01, tells no Kubernetes version)" in refused(clients).what


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="no image at all"),
        pytest.param([golden(1)], id="the present one only"),
        pytest.param([{**golden(2), "Description": "k8s: 1.25.9"}], id="for another minor"),
    ],
)
def test_where_no_newer_image_fits_that_is_said(aws, others):
    clients, ec2, _ = aws
    runs(ec2, golden(1), others)
    problem = refused(clients)
    assert f"no newer image of {MINE} named acme-al2-eks-node-* fits Kubernetes 1.26" in (
        problem.what
    )
    assert "make an image for the target" in problem.remedy


def test_a_name_that_is_no_pattern_is_not_searched_for(aws):
    clients, ec2, _ = aws
    runs(ec2, {**golden(1), "Name": "1.15.3"})
    assert "its name is no pattern by which newer ones could be found" in refused(clients).what


@pytest.mark.parametrize("family", ["same", "al2023"])
def test_an_image_that_cannot_be_looked_at_any_more_is_told(aws, family):
    clients, ec2, _ = aws
    seen_hardware(ec2)
    ec2.add_client_error("describe_images", "InvalidAMIID.NotFound")
    problem = refused(clients, family=family)
    assert "it runs ami-1, which EC2 does not know any more" in problem.what
    assert "replace_custom_image=true if a public one is meant, with ami_family" in problem.remedy


def test_a_person_may_say_that_the_public_image_is_meant(aws):
    clients, ec2, ssm = aws
    runs(ec2, golden(1))
    name = SSM + "1.26/amazon-linux-2/recommended/image_id"
    ssm.add_response("get_parameter", {"Parameter": {"Value": "ami-2"}}, {"Name": name})
    seen_image(ec2)
    image = find_image(clients, AmiChoice(replace_custom_image=True), GROUP, "1.26")
    assert isinstance(image, Image)
    (note,) = image.notes
    assert "it replaces ami-1 (acme-al2-eks-node-1.15.1), an image of account 111122223333" in note


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param({"source": "image_id", "image_id": "ami-2"}, id="by its id"),
        pytest.param({"source": "name_pattern", "name_pattern": "acme-al2-eks-node-*",
                      "owner": MINE}, id="by its name"),
    ],
)  # fmt: skip
def test_an_image_that_is_named_is_used(aws, choice):
    clients, ec2, _ = aws
    runs(ec2, golden(1))
    ec2.add_response("describe_images", {"Images": [golden(2)]})
    image = find_image(clients, AmiChoice(**choice), GROUP, "1.26")
    assert isinstance(image, Image)
    assert image.id == "ami-2"

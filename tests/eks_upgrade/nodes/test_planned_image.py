"""What the plan showed is what is used: the image it names, or a refusal that says why not."""

import pytest

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.images.planned import find_planned_image
from tests.eks_upgrade.nodes.test_images import AL2, GROUP, raw, seen_hardware, seen_image

OWN = {"nodegroupName": "workers", "amiType": "AL2_x86_64"}
"""A group whose image EKS chooses."""


def found(clients, group=GROUP, planned="ami-2", **choice):
    return find_planned_image(clients, AmiChoice(**choice), group, "1.26", planned)


def presently(ec2):
    """The old group's hardware and image are looked at first."""
    seen_hardware(ec2)
    seen_image(ec2, ImageId="ami-1", Name="amazon-eks-node-1.25-v1", ImageOwnerAlias="amazon")


def test_the_image_of_the_plan_is_used_though_a_newer_one_may_be_published_by_now(aws):
    clients, ec2, _ = aws  # SSM is not asked at all
    presently(ec2)
    seen_image(ec2)
    image = found(clients)
    assert isinstance(image, Image)
    assert (image.id, image.name, image.source) == ("ami-2", AL2, "the plan")


UNSUITABLE = [
    pytest.param({"State": "deregistered"}, "its state is deregistered", id="deregistered"),
    pytest.param(
        {"Name": "amazon-eks-node-1.27-v1"}, "its name says Kubernetes 1.27", id="renamed"
    ),
]


@pytest.mark.parametrize(("now", "why"), UNSUITABLE)
def test_an_image_that_is_unsuitable_by_now_is_refused(aws, now, why):
    clients, ec2, _ = aws
    presently(ec2)
    ec2.add_response("describe_images", {"Images": [raw(**now)]}, {"ImageIds": ["ami-2"]})
    problem = found(clients)
    assert isinstance(problem, Problem)
    assert f"the plan shows this image, and by now: {why}" in problem.what
    assert "repeat the plan" in problem.remedy


def test_an_image_that_is_gone_by_now_is_refused(aws):
    clients, ec2, _ = aws
    presently(ec2)
    ec2.add_client_error("describe_images", "InvalidAMIID.NotFound")
    problem = found(clients)
    assert isinstance(problem, Problem)
    assert "EC2 knows no such image" in problem.what


def test_a_group_that_got_an_image_of_its_own_since_the_plan_is_refused(aws):
    clients, ec2, ssm = aws
    presently(ec2)
    ssm.add_response("get_parameter", {"Parameter": {"Value": "ami-2"}})
    seen_image(ec2)
    problem = found(clients, planned="")
    assert isinstance(problem, Problem)
    assert "the plan shows that EKS chooses its image, and now it would start from" in problem.what


def test_a_group_that_has_eks_own_image_since_the_plan_is_refused(aws):
    problem = found(aws[0], OWN)
    assert isinstance(problem, Problem)
    assert "the plan shows image ami-2, and now its image is EKS's own" in problem.what


def test_where_eks_chooses_as_planned_no_image_is_named(aws):
    assert found(aws[0], OWN, planned="") is None

"""A team's own images in the rehearsal, and what the product makes of a group that runs one."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.nodes.images.image import Image
from include.rehearsal.scenario import PlainOptions
from tests.rehearsal.aws.aws_lab import Lab, lab

GOLDEN = PlainOptions(addons={}, template_family="al2023", golden=True)
NAMED = [{"Name": "name", "Values": ["acme-al2023-eks-node-*"]}]


@pytest.fixture(scope="module")
def aws() -> Iterator[Lab]:
    with lab(GOLDEN, version="1.33", nodes=1) as made:
        yield made


def find(aws: Lab, **choice: Any) -> Image | Problem | None:
    clients = AwsClients("us-east-1", aws.eks, aws.ec2, aws.autoscaling, aws.ssm)
    return find_image(clients, AmiChoice(**choice), aws.group(), "1.34")


def present(aws: Lab) -> dict[str, Any]:
    return aws.ec2.describe_images(ImageIds=[aws.scene.image])["Images"][0]


def test_a_golden_image_is_the_account_s_and_nobody_else_s(aws: Lab) -> None:
    image = present(aws)
    assert (image["Public"], image.get("ImageOwnerAlias")) == (False, None)
    for owner in ("self", image["OwnerId"]):
        found = aws.ec2.describe_images(Owners=[owner], Filters=NAMED)["Images"]
        assert image["ImageId"] in {one["ImageId"] for one in found}
    assert aws.ec2.describe_images(Owners=["amazon"], Filters=NAMED)["Images"] == []


def test_a_node_of_a_golden_image_runs_the_kubernetes_that_the_image_holds(aws: Lab) -> None:
    (node,) = aws.nodes("workers")
    assert node["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.33.")
    assert aws.group()["amiType"] == "CUSTOM"


def test_a_group_with_a_golden_image_is_refused_with_the_newer_ones(aws: Lab) -> None:
    problem = find(aws)
    assert isinstance(problem, Problem)
    assert f"it runs {aws.scene.image} (acme-al2023-eks-node-1.15." in problem.what
    assert "named acme-al2023-eks-node-* that fit Kubernetes 1.34: ami-" in problem.what
    assert "acme-al2023-eks-node-1.16." in problem.what
    assert "acme-al2023-eks-node-1.17." not in problem.what


def test_the_advice_of_the_refusal_leads_to_the_newest_of_them(aws: Lab) -> None:
    pattern = {"name_pattern": "acme-al2023-eks-node-*", "owner": present(aws)["OwnerId"]}
    image = find(aws, source="name_pattern", **pattern)
    assert isinstance(image, Image)
    assert image.name.startswith("acme-al2023-eks-node-1.16.")
    assert image.kubernetes_version == "1.34"


def test_a_person_may_let_eks_image_take_its_place(aws: Lab) -> None:
    image = find(aws, replace_custom_image=True)
    assert isinstance(image, Image)
    assert image.name.startswith("amazon-eks-node-al2023-x86_64-standard-1.34-v")
    assert "what was built into that image is not in this one" in image.notes[0]

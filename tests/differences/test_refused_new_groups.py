"""What EKS refuses when a node group is created: its codes, its words, its quotas."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.eks_upgrade.common.failure import FailureClass
from include.eks_upgrade.retrying import classify
from include.rehearsal.aws.quotas import GROUPS_PER_CLUSTER
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal


@pytest.fixture
def aws() -> Iterator[Lab]:
    """The simulated AWS alone, whose time stands still."""
    with lab(version="1.33") as made:
        yield made


def template(aws: Lab, **data: Any) -> str:
    made = aws.ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData=data)
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def image(aws: Lab) -> str:
    pattern = [{"Name": "name", "Values": ["amazon-eks-node-al2023-x86_64-standard-1.33-v*"]}]
    return str(aws.ec2.describe_images(Filters=pattern)["Images"][0]["ImageId"])


BAD, WRONG_STATE = "InvalidParameterException", "InvalidRequestException"


def test_22_instance_types_in_both_places_are_an_invalid_request(aws: Lab) -> None:
    used = {"id": template(aws, InstanceType="m5.large"), "version": "1"}
    code, message, _ = refusal(aws.new_group, launchTemplate=used, instanceTypes=["m5.large"])
    assert code == WRONG_STATE
    assert message == "Cannot specify instance types in launch template and API Request"


def test_22_a_template_that_is_missing_is_an_invalid_parameter(aws: Lab) -> None:
    code, message, _ = refusal(aws.new_group, launchTemplate={"id": "lt-0", "version": "1"})
    assert code == BAD
    assert "Launch template could not be found : The specified launch template" in message


NAMED = [
    pytest.param({"id": "ID", "name": "t", "version": "1"}, id="by id and by name"),
    pytest.param({"version": "1"}, id="by neither"),
]


@pytest.mark.parametrize("named", NAMED)
def test_a_template_is_named_in_exactly_one_way(aws: Lab, named: dict[str, str]) -> None:
    made = template(aws, InstanceType="m5.large")
    used = {key: made if value == "ID" else value for key, value in named.items()}
    code, message, _ = refusal(aws.new_group, launchTemplate=used)
    assert code == BAD
    assert message == "Either provide launch template ID or launch template name in the request."


def test_al2_ends_with_132_for_eks_too(aws: Lab) -> None:
    code, message, _ = refusal(aws.new_group, amiType="AL2_x86_64")
    assert code == BAD
    assert message == (
        "AMI Type AL2_x86_64 is only supported for kubernetes versions 1.32 or earlier"
    )


def test_an_image_in_the_template_makes_the_group_custom(aws: Lab) -> None:
    used = {"id": template(aws, ImageId=image(aws), InstanceType="m5.large"), "version": "1"}
    code, message, _ = refusal(aws.new_group, launchTemplate=used, amiType="AL2023_x86_64_STANDARD")
    assert code == BAD
    assert message.startswith("You cannot specify an AMI Type other than CUSTOM, when specifying")
    code, message, _ = refusal(aws.new_group, launchTemplate=used, version="1.33")
    assert code == BAD
    assert message.startswith("You cannot specify a kubernetes version to use when specifying")


def test_a_custom_group_needs_a_template_with_an_image(aws: Lab) -> None:
    code, message, _ = refusal(aws.new_group, amiType="CUSTOM")
    assert code == BAD
    assert message == "Launch template details can't be null for Custom ami type node group"


def test_a_node_role_must_trust_ec2_and_the_words_are_not_those_of_the_cluster_role(
    aws: Lab,
) -> None:
    trust = '{"Statement": [{"Principal": {"Service": ["eks.amazonaws.com"]}}]}'
    session, url = aws.rehearsal.session(), aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    iam = session.client("iam", endpoint_url=url)
    role = iam.create_role(RoleName="shy", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.close()
    code, message, _ = refusal(aws.new_group, nodeRole=role)
    assert code == BAD
    assert message == (
        "Following required service principals [ec2.amazonaws.com] were not found in the trust "
        f"relationships of nodeRole {role}"
    )


def test_23_as_many_groups_as_the_quota_allows_are_all_that_eks_makes(aws: Lab) -> None:
    aws.rehearsal.world.quotas[GROUPS_PER_CLUSTER] = 2
    aws.new_group()
    try:
        aws.new_group(nodegroupName="one-too-many")
    except Exception as error:  # noqa: BLE001 - whatever botocore raises is judged
        failure = classify(error)
    assert failure.code == "ResourceLimitExceededException"
    assert failure.kind is FailureClass.NEEDS_A_PERSON
    assert "ask AWS for a higher quota" in failure.message
    assert aws.groups() == ["green", "workers"]

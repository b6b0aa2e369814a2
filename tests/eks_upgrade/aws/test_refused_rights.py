"""A refusal that is about rights is told as one, whatever code carries it."""

import pytest
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.rights.refused import missing_right
from include.eks_upgrade.common.errors import Refused

USER = "User: arn:aws:sts::111122223333:assumed-role/eks-upgrade/run"
ROLE = "arn:aws:iam::111122223333:role/eks-nodes"
SLR = "AWSServiceRoleForAmazonEKSNodegroup"

RIGHTS = [
    pytest.param(
        f"Failed to validate if SLR: {SLR} already exists due to missing permissions for "
        "'iam:GetRole'",
        f"allow iam:GetRole on {SLR} to the role",
        id="EKS may not look at the service-linked role",
    ),
    pytest.param(
        f"Failed to create service linked role: {SLR} due to missing permissions for "
        "'iam:CreateServiceLinkedRole'",
        f"allow iam:CreateServiceLinkedRole on {SLR} to the role",
        id="the first node group of an account",
    ),
    pytest.param(
        f"{USER} is not authorized to perform: iam:PassRole on resource: {ROLE} because no "
        "identity-based policy allows the iam:PassRole action",
        f"allow iam:PassRole on {ROLE} to the role",
        id="passing a role",
    ),
    pytest.param(
        f"{USER} is not authorized to perform: iam:ListAttachedRolePolicies on resource: role "
        "eks-nodes because no identity-based policy allows the iam:ListAttachedRolePolicies action",
        "allow iam:ListAttachedRolePolicies on role eks-nodes to the role",
        id="IAM names a role without its ARN",
    ),
    pytest.param(
        f"You are not authorized to perform ec2:DescribeSubnets. {USER} is not authorized to "
        "perform: ec2:DescribeSubnets because no identity-based policy allows the "
        "ec2:DescribeSubnets action",
        "allow ec2:DescribeSubnets to the role",
        id="EC2's words inside EKS's",
    ),
    pytest.param(
        "You are not authorized to launch instances with this launch template. Encoded "
        "authorization failure message: WFBzX1sxux3dveaW2v",
        "allow ec2:RunInstances from this launch template, and ec2:CreateTags",
        id="starting instances from the template",
    ),
    pytest.param(
        "Not authorized for images: [ami-0123456789abcdef0]",
        "share the image ami-0123456789abcdef0 with this account",
        id="an image of another account",
    ),
    pytest.param(
        "Cross-account pass role is not allowed.", "a role of the same account", id="cross-account"
    ),
    pytest.param(
        f"{USER} is not authorized to perform: eks:CreateNodegroup on resource: arn:aws:eks:x with "
        "an explicit deny in a service control policy",
        "but here a service control policy denies it",
        id="a guardrail of the organization",
    ),
    pytest.param("You are not authorized.", "the right that AWS names", id="nothing is named"),
]


@pytest.mark.parametrize("code", ["InvalidRequestException", "InvalidParameterException"])
@pytest.mark.parametrize(("message", "told"), RIGHTS)
def test_a_missing_right_is_told_as_a_right(code: str, message: str, told: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "CreateNodegroup")
    with pytest.raises(Refused) as raised, aws_errors_about("node group new"):
        raise error
    (problem,) = raised.value.problems
    assert told in problem.remedy
    assert "correct what AWS names" not in problem.remedy
    assert message.rstrip(".") in problem.what


@pytest.mark.parametrize(("message", "told"), RIGHTS)
def test_a_denied_call_names_the_right_that_is_missing_and_not_the_call(
    message: str, told: str
) -> None:
    error = ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": message}}, "CreateNodegroup"
    )
    with pytest.raises(Refused) as raised, aws_errors_about("node group new"):
        raise error
    assert told in raised.value.problems[0].remedy


def test_an_encoded_message_comes_with_the_command_that_decodes_it() -> None:
    launch = next(each.values[0] for each in RIGHTS if "Encoded" in str(each.values[0]))
    assert "aws sts decode-authorization-message" in missing_right(str(launch))
    assert "service control policy" in missing_right(str(launch))
    assert "decode" not in missing_right("Not authorized for images: [ami-1]")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Requested Nodegroup release version 1.2 is invalid. Allowed release version is 1.3",
        "Role with arn x could not be assumed because it does not exist or the trusted entity is "
        "not correct",
        "You cannot specify an AMI Type other than CUSTOM, when specifying an image id in your "
        "launch template.",
    ],
)
def test_a_wrong_value_stays_a_wrong_value(message: str) -> None:
    assert missing_right(message) == ""
    error = ClientError(
        {"Error": {"Code": "InvalidRequestException", "Message": message}}, "CreateNodegroup"
    )
    with pytest.raises(Refused, match="correct what AWS names"), aws_errors_about("node group new"):
        raise error

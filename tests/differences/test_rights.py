"""Rights that EKS asks of its caller, and codes that say what is wrong: 1, 2, 17 and 25."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.eks_upgrade.common.failure import FailureClass
from include.eks_upgrade.permissions.place import Place
from include.eks_upgrade.permissions.policies import policies_for
from include.eks_upgrade.permissions.write import shipped_files
from include.eks_upgrade.retrying import classify
from tests.faults.lab import OLD_GROUP, FaultLab
from tests.permissions.files import FOLDER, POLICIES

USER = "arn:aws:iam::123456789012:user/rehearsal"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
SERVICE = "eks-nodegroup.amazonaws.com"
ROLE = "arn:aws:iam::111122223333:role"
PERSON = FailureClass.NEEDS_A_PERSON
ENCODED = (
    "You are not authorized to launch instances with this launch template. Encoded authorization"
    " failure message: Yb3nv9OjC4"
)


@pytest.fixture(autouse=True)
def everything_is_allowed_again(lab: FaultLab) -> Iterator[None]:
    yield
    lab.rehearsal.world.callers.allow_all()


def allowed(action: str) -> list[dict[str, Any]]:
    """The statements of the policy of node groups that allow an action."""
    statements = json.loads(POLICIES["node-groups"].read_text("utf-8"))["Statement"]
    return [each for each in statements if action in each["Action"]]


def test_01_the_policy_of_node_groups_has_what_eks_asks_of_its_caller() -> None:
    for action in ("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:CreateServiceLinkedRole"):
        assert allowed(action), action
    resources = str([each["Resource"] for each in allowed("iam:GetRole")])
    assert f"role/aws-service-role/{SERVICE}/" in resources
    (made,) = allowed("iam:CreateServiceLinkedRole")
    assert SERVICE in str(made)


def test_01_a_caller_without_get_role_is_refused_and_told_which_right_is_missing(
    lab: FaultLab,
) -> None:
    story = lab.story()
    story.up_to("addons_after")
    denied = {"Effect": "Deny", "Action": "iam:GetRole", "Resource": "*"}
    lab.rehearsal.world.callers.grant(USER, {"Statement": [ALL, denied]})
    told = story.refused("new_group")
    assert "Failed to validate if SLR" in told
    assert "iam:GetRole" in told
    assert story.groups() == [OLD_GROUP]


def test_02_a_template_that_may_not_be_used_is_told_as_a_right(lab: FaultLab) -> None:
    story = lab.story()
    story.up_to("addons_after")
    lab.faults.add(
        "error", "CreateNodegroup", code="InvalidRequestException", message=ENCODED, status=400
    )
    told = story.refused("new_group")
    for words in ("ec2:RunInstances", "ec2:CreateTags", "decode-authorization-message"):
        assert words in told, told
    assert "correct what AWS names" not in told
    assert story.groups() == [OLD_GROUP]
    assert story.did("UpdateNodegroupConfig") == 0


def test_17_each_role_of_add_ons_may_be_passed_and_to_both_services() -> None:
    place = Place(
        partition="aws",
        region="eu-west-1",
        account="111122223333",
        cluster="payments",
        role="eks-upgrade",
        node_roles=(f"{ROLE}/nodes",),
        addon_roles=(f"{ROLE}/cni", f"{ROLE}/ebs-csi"),
        launch_templates=(),
        without_template=True,
    )
    policies = policies_for(place, shipped_files(FOLDER).policies)
    statements = [one for policy in policies.values() for one in policy["Statement"]]
    (passing,) = [one for one in statements if one["Sid"].startswith("PassTheRolesOfAddOns")]
    assert passing["Resource"] == [f"{ROLE}/cni", f"{ROLE}/ebs-csi"]
    services = str(passing["Condition"])
    assert "eks.amazonaws.com" in services
    assert "pods.eks.amazonaws.com" in services


CODES = {
    "NoSuchEntity": PERSON,
    "InvalidInput": PERSON,
    "NoSuchResourceException": PERSON,
    "AWSOrganizationsNotInUseException": PERSON,
    "ActiveInstanceRefreshNotFound": FailureClass.RETRY_SOON,
    "VersionLimitExceeded": PERSON,
    "Unsupported": PERSON,
    "UnsupportedOperation": PERSON,
    "MissingParameter": PERSON,
    "InvalidUserData.Malformed": PERSON,
    "InvalidInstanceType": PERSON,
}


@pytest.mark.parametrize(("code", "kind"), CODES.items(), ids=list(CODES))
def test_25_a_code_that_aws_documents_is_no_bug(code: str, kind: FailureClass) -> None:
    answer: Any = {
        "Error": {"Code": code, "Message": "in AWS's words"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    assert classify(ClientError(answer, "DescribeCluster")).kind is kind

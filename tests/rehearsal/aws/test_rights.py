"""The rehearsed AWS asks rights of a caller whose policies are told, and refuses in AWS's words."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from include.rehearsal.aws.rights.dependent import NODE_GROUP_SERVICE, TABLE, DependentRight
from include.rehearsal.scenario import PlainOptions
from tests.rehearsal.aws.aws_lab import Lab, lab

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/rehearsal"
ALL = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def all_but(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """A policy that denies one thing by allowing all others."""
    denied = {"Effect": "Deny", "Action": action, "Resource": resource, **more}
    return {"Statement": [*ALL["Statement"], denied]}


def only(*actions: str) -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Action": list(actions), "Resource": "*"}}


@pytest.fixture(scope="module")
def whole() -> Iterator[Lab]:
    with lab(PlainOptions(addons={"vpc-cni": None}, template_family="al2")) as made:
        yield made


@pytest.fixture
def aws(whole: Lab) -> Iterator[Lab]:
    yield whole
    whole.rehearsal.world.callers.allow_all()


def client(aws: Lab, service: str) -> Any:
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    return aws.rehearsal.session().client(service, endpoint_url=url)


def told(aws: Lab, *documents: dict[str, Any]) -> None:
    aws.rehearsal.world.callers.grant(USER, *documents)


def refused(call: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as raised:
        call()
    answer = raised.value.response
    error = answer["Error"]
    return error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def from_template(aws: Lab) -> dict[str, Any]:
    spec = {"id": aws.scene.launch_template, "version": "1"}
    return {"launchTemplate": spec, "tags": {"team": "shop"}}


def test_a_caller_of_whom_nothing_is_told_may_do_everything(aws: Lab) -> None:
    assert aws.eks.describe_cluster(name="plain")["cluster"]
    told(aws, only("eks:ListClusters"))
    aws.rehearsal.world.callers.allow_all(USER)
    assert aws.eks.describe_cluster(name="plain")["cluster"]


OWN = [
    pytest.param("eks", "list_clusters", {}, "AccessDeniedException", 403, id="EKS"),
    pytest.param("ec2", "describe_vpcs", {}, "UnauthorizedOperation", 403, id="EC2"),
    pytest.param("autoscaling", "describe_auto_scaling_groups", {}, "AccessDenied", 403, id="ASG"),
    pytest.param("ssm", "get_parameter", {"Name": "/x"}, "AccessDeniedException", 400, id="SSM"),
    pytest.param(
        "service-quotas", "get_service_quota", {"ServiceCode": "eks", "QuotaCode": "L-1"},
        "AccessDeniedException", 400, id="Service Quotas",
    ),
    pytest.param("iam", "get_role", {"RoleName": "x"}, "AccessDenied", 403, id="IAM"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "given", "code", "status"), OWN)
def test_a_call_that_is_not_allowed_is_refused_with_the_services_code(
    aws: Lab, service: str, operation: str, given: dict[str, Any], code: str, status: int
) -> None:
    told(aws, only("sts:AssumeRole"))
    call = getattr(client(aws, service), operation)
    found = refused(lambda: call(**given))
    assert found[:2] == (code, status)
    assert f"User: {USER} is not authorized to perform: " in found[2]


def test_who_asks_may_always_be_asked(aws: Lab) -> None:
    told(aws, only("eks:ListClusters"))
    assert client(aws, "sts").get_caller_identity()["Arn"] == USER


DEPENDENT = [
    pytest.param(row, id=f"{row.action} on {row.resource or 'all'}")
    for row in TABLE
    if row.call == "eks:CreateNodegroup"
]


def condition(row: DependentRight) -> dict[str, Any]:
    return {"Condition": {"StringEquals": row.context}} if row.context else {}


RESOURCES = {
    "node role": "arn:aws:iam::*:role/plain-*",
    "service-linked role": "arn:aws:iam::*:role/aws-service-role/*",
}


@pytest.mark.parametrize("row", DEPENDENT)
def test_a_dependent_right_that_is_missing_refuses_the_call_in_ekss_words(
    aws: Lab, row: DependentRight
) -> None:
    aws.rehearsal.world.service_linked_roles.clear()
    told(aws, all_but(row.action, RESOURCES.get(row.resource, "*"), **condition(row)))
    before = aws.groups()
    code, status, message = refused(lambda: aws.new_group(**from_template(aws)))
    assert (code, status) == (row.code, row.status)
    assert message.startswith(row.message.partition("{")[0])
    assert aws.groups() == before


def test_the_words_about_the_service_linked_role_are_ekss(aws: Lab) -> None:
    told(aws, all_but("iam:GetRole"))
    assert refused(aws.new_group)[::2] == (
        "InvalidRequestException",
        "Failed to validate if SLR: AWSServiceRoleForAmazonEKSNodegroup already exists due to "
        "missing permissions for 'iam:GetRole'",
    )


def test_the_service_linked_role_is_made_once(aws: Lab) -> None:
    roles = aws.rehearsal.world.service_linked_roles
    roles.clear()
    told(aws, ALL)
    aws.new_group(nodegroupName="first")
    assert roles == {NODE_GROUP_SERVICE}
    told(aws, all_but("iam:CreateServiceLinkedRole"))
    aws.new_group(nodegroupName="second")


def test_without_a_template_nothing_is_asked_of_ec2(aws: Lab) -> None:
    told(aws, all_but("ec2:RunInstances"))
    assert aws.new_group(nodegroupName="plain-one")["status"] == "CREATING"


def test_an_encoded_message_is_decoded_by_sts(aws: Lab) -> None:
    told(aws, all_but("ec2:RunInstances", "*:subnet/*"))
    *_, message = refused(lambda: aws.new_group(**from_template(aws)))
    assert message.startswith("You are not authorized to launch instances with this launch templ")
    encoded = message.rpartition(" ")[2]
    sts = client(aws, "sts")
    decoded = json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert decoded["context"]["action"] == "ec2:RunInstances"
    assert ":subnet/" in decoded["context"]["resource"]
    code, *_ = refused(lambda: sts.decode_authorization_message(EncodedMessage="nonsense"))
    assert code == "InvalidAuthorizationMessageException"


def test_an_add_ons_role_must_be_passed(aws: Lab) -> None:
    told(aws, all_but("iam:PassRole"))
    role = f"arn:aws:iam::{ACCOUNT}:role/cni"
    given = {"clusterName": "plain", "addonName": "vpc-cni", "serviceAccountRoleArn": role}
    code, _, message = refused(lambda: aws.eks.update_addon(**given))
    assert code == "AccessDeniedException"
    assert message.endswith(f"iam:PassRole on resource: {role}")


def test_instances_start_from_the_template_that_a_policy_names_only(aws: Lab) -> None:
    template = f"arn:aws:ec2:*:*:launch-template/{aws.scene.launch_template}"
    bound = {"ArnLike": {"ec2:LaunchTemplate": template}}
    statements = [
        *only("eks:*", "iam:*", "ec2:CreateTags", "ec2:Describe*")["Statement"].items(),
    ]
    policy = {
        "Statement": [
            dict(statements),
            {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": bound},
        ]
    }
    told(aws, policy)
    assert aws.new_group(nodegroupName="bound", **from_template(aws))["status"] == "CREATING"
    bound["ArnLike"]["ec2:LaunchTemplate"] = template + "0"
    code, *_ = refused(lambda: aws.new_group(nodegroupName="other", **from_template(aws)))
    assert code == "InvalidRequestException"


def test_what_the_organization_denies_is_denied_to_everybody(aws: Lab) -> None:
    aws.rehearsal.world.callers.guardrails = tuple(all_but("eks:CreateNodegroup")["Statement"][1:])
    code, *_ = refused(lambda: aws.new_group(nodegroupName="guarded"))
    assert code == "AccessDeniedException"
    ec2 = aws.ec2
    aws.rehearsal.world.callers.guardrails = tuple(all_but("ec2:DescribeVpcs")["Statement"][1:])
    assert "in a service control policy" in refused(ec2.describe_vpcs)[2]


# --- asking IAM beforehand -----------------------------------------------------------------------


ROLE = f"arn:aws:iam::{ACCOUNT}:role/upgrader"


def simulated(aws: Lab, *actions: str, arn: str = ROLE, **more: Any) -> list[dict[str, Any]]:
    iam = client(aws, "iam")
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=arn, ActionNames=list(actions), **more
    )
    return [each for page in pages for each in page["EvaluationResults"]]


def test_a_simulation_says_what_the_call_would_meet(aws: Lab) -> None:
    aws.rehearsal.world.callers.grant(ROLE, only("eks:DeleteNodegroup"))
    found = simulated(aws, "eks:DeleteNodegroup", "eks:DeleteCluster")
    assert [each["EvalDecision"] for each in found] == ["allowed", "implicitDeny"]


def test_there_is_one_result_for_each_action_with_the_resources_inside(aws: Lab) -> None:
    ours, theirs = (f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{name}" for name in ("a", "b"))
    policy = only("eks:UpdateClusterVersion")
    policy["Statement"]["Resource"] = ours
    aws.rehearsal.world.callers.grant(ROLE, policy)
    (found,) = simulated(aws, "eks:UpdateClusterVersion", ResourceArns=[ours, theirs])
    assert found["EvalDecision"] == "implicitDeny"
    decided = {
        one["EvalResourceName"]: one["EvalResourceDecision"]
        for one in found["ResourceSpecificResults"]
    }
    assert decided == {ours: "allowed", theirs: "implicitDeny"}


def test_keys_that_conditions_want_and_nobody_gave_are_named(aws: Lab) -> None:
    policy = only("iam:PassRole")
    wanted = {"StringEquals": {"iam:PassedToService": "eks.amazonaws.com"}}
    policy["Statement"]["Condition"] = wanted
    aws.rehearsal.world.callers.grant(ROLE, policy)
    (found,) = simulated(aws, "iam:PassRole")
    assert found["MissingContextValues"] == ["iam:PassedToService"]
    given = {
        "ContextKeyName": "iam:PassedToService",
        "ContextKeyValues": ["eks.amazonaws.com"],
        "ContextKeyType": "string",
    }
    (found,) = simulated(aws, "iam:PassRole", ContextEntries=[given])
    assert found["EvalDecision"] == "allowed"


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/upgrader/run", "InvalidInput"),
        (f"arn:aws:iam::{ACCOUNT}:root", "InvalidInput"),
        (f"arn:aws:iam::{ACCOUNT}:role/nobody", "NoSuchEntity"),
    ],
)
def test_iam_simulates_users_groups_and_roles_that_it_knows(aws: Lab, arn: str, code: str) -> None:
    assert refused(lambda: simulated(aws, "eks:ListClusters", arn=arn))[0] == code


def test_results_come_in_pages(aws: Lab) -> None:
    actions = [f"eks:Describe{number}" for number in range(7)]
    aws.rehearsal.world.callers.grant(ROLE, ALL)
    found = simulated(aws, *actions, PaginationConfig={"PageSize": 3})
    assert [each["EvalActionName"] for each in found] == actions


# --- over HTTP -----------------------------------------------------------------------------------


def test_rights_are_told_over_http(aws: Lab) -> None:
    url = f"{aws.rehearsal.environment['AWS_ENDPOINT_URL']}/_rehearsal/rights"
    told_of = {"principal": "*", "policies": [only("eks:ListClusters")]}
    assert httpx.post(url, json=told_of).json() == {"bound": ["*"], "guardrails": 0}
    assert refused(lambda: aws.eks.describe_cluster(name="plain"))[0] == "AccessDeniedException"
    httpx.post(url, json={"guardrails": [all_but("eks:*")]})
    assert httpx.get(url).json() == {"bound": ["*"], "guardrails": 2}
    assert refused(aws.eks.list_clusters)[0] == "AccessDeniedException"
    httpx.post(url, json={"guardrails": [], "principal": "*", "policies": None})
    assert aws.eks.list_clusters()["clusters"] == ["plain"]
    assert httpx.post(url, json={"polices": []}).status_code == 400

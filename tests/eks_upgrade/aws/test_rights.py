"""Whose policies IAM is asked about, how, and what its answers say."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.rights.ask import ask_rights
from include.eks_upgrade.aws.rights.caller import caller_of
from include.eks_upgrade.aws.rights.right import AwsRight, as_context
from include.eks_upgrade.aws.rights.simulation import simulations, verdicts

A = "111122223333"
ROLE = f"arn:aws:iam::{A}:role/upgrader"

CALLERS = [
    pytest.param(f"arn:aws:sts::{A}:assumed-role/upgrader/run", ROLE, "upgrader", id="a session"),
    pytest.param(
        f"arn:aws-cn:sts::{A}:assumed-role/up/i-0abc", f"arn:aws-cn:iam::{A}:role/up", "up",
        id="of a role in China, on an instance",
    ),
    pytest.param(
        f"arn:aws:sts::{A}:assumed-role/AWSReservedSSO_Admin_0123/jo@example.com",
        f"arn:aws:iam::{A}:role/AWSReservedSSO_Admin_0123", "AWSReservedSSO_Admin_0123",
        id="of IAM Identity Center",
    ),
    pytest.param(f"arn:aws:iam::{A}:user/ci/bot", f"arn:aws:iam::{A}:user/ci/bot", "", id="a user"),
]  # fmt: skip


@pytest.mark.parametrize(("identity", "arn", "role"), CALLERS)
def test_the_one_whose_policies_count_stands_behind_the_caller(
    identity: str, arn: str, role: str
) -> None:
    found = caller_of(identity)
    assert (found.arn, found.role, found.why) == (arn, role, "")


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        (f"arn:aws:iam::{A}:root", "root user"),
        (f"arn:aws:sts::{A}:federated-user/jo", "federated"),
        (f"arn:aws:sts::{A}:user/moto", "a caller like"),
        ("", "nobody"),
    ],
)
def test_of_others_there_is_nothing_to_ask(identity: str, why: str) -> None:
    found = caller_of(identity)
    assert found.arn == ""
    assert why in found.why


def right(action: str, resource: str = "*", **context: str) -> AwsRight:
    keys = {key.replace("_", ":", 1): value for key, value in context.items()}
    return AwsRight(action=action, resource=resource, context=as_context(keys), purpose="for it")


def test_rights_that_are_alike_are_asked_for_in_one_call_and_no_other_is() -> None:
    asked = simulations(
        [
            right("eks:UpdateAddon", "a"),
            right("eks:UpdateAddon", "b"),
            right("eks:UpdateClusterVersion", "c"),
            right("eks:CreateNodegroup", "c"),
            right("iam:PassRole", "r", iam_PassedToService="eks.amazonaws.com"),
            right("iam:PassRole", "r", iam_PassedToService="ec2.amazonaws.com"),
            right("eks:UpdateAddon", "a"),
            right("ec2:DescribeSubnets"),
        ]
    )
    assert [(each.actions, each.resources) for each in asked] == [
        (("eks:UpdateAddon",), ("a", "b")),
        (("eks:UpdateClusterVersion", "eks:CreateNodegroup"), ("c",)),
        (("iam:PassRole",), ("r",)),
        (("iam:PassRole",), ("r",)),
        (("ec2:DescribeSubnets",), ("*",)),
    ]
    assert "ResourceArns" not in asked[-1].arguments(ROLE)
    (entry,) = asked[2].arguments(ROLE)["ContextEntries"]
    assert entry == {
        "ContextKeyName": "iam:PassedToService",
        "ContextKeyValues": ["eks.amazonaws.com"],
        "ContextKeyType": "string",
    }


def arn(service: str, path: str) -> str:
    return f"arn:aws:{service}:eu-west-1:{A}:{path}"


OLD, NEW = (arn("eks", f"nodegroup/shop/{name}/id") for name in ("old", "new"))


def test_rights_on_things_of_one_kind_go_together_and_what_goes_with_them_is_not_read() -> None:
    wanted = [
        right("eks:DescribeNodegroup", NEW),
        right("iam:GetRole", arn("iam", "role/nodes")),
        right("iam:GetRole", arn("iam", "role/service/linked")),
        right("iam:ListAttachedRolePolicies", arn("iam", "role/nodes")),
        right("eks:DescribeUpdate", OLD),
        right("eks:DescribeUpdate", OLD, aws_RequestTagx="a"),
    ]
    asked = simulations(wanted)
    assert [(each.actions, len(each.resources)) for each in asked] == [
        (("eks:DescribeNodegroup", "eks:DescribeUpdate"), 2),
        (("iam:GetRole", "iam:ListAttachedRolePolicies"), 2),
        (("eks:DescribeUpdate",), 1),
    ]
    assert {one for each in asked for one in each.rights} == set(wanted)
    single = [inside("implicitDeny", OLD), inside("allowed", NEW)]
    answers = [
        result("implicitDeny", ResourceSpecificResults=single) | {"EvalActionName": name}
        for name in asked[0].actions
    ]
    found = verdicts(asked[0], answers)
    assert [one.right for one in found.denied] == [right("eks:DescribeUpdate", OLD)]
    vague = [result("implicitDeny") | {"EvalActionName": name} for name in asked[0].actions]
    assert [why for _, why in verdicts(asked[0], vague).unsure] == ["IAM gave no result"] * 2


def test_a_key_has_the_type_that_conditions_compare_it_with() -> None:
    context = as_context(
        {"aws:TagKeys": ["a", "b"], "ec2:IsLaunchTemplateResource": "true", "x": ""}
    )
    (asked,) = simulations([AwsRight(action="ec2:RunInstances", context=context)])
    types = {
        each["ContextKeyName"]: each["ContextKeyType"]
        for each in asked.arguments(ROLE)["ContextEntries"]
    }
    assert types == {
        "aws:TagKeys": "stringList",
        "ec2:IsLaunchTemplateResource": "boolean",
        "x": "string",
    }


def result(decision: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {
        "EvalActionName": "eks:UpdateAddon",
        "EvalResourceName": resource,
        "EvalDecision": decision,
        **more,
    }


def inside(decision: str, resource: str, *missing: str) -> dict[str, Any]:
    return {
        "EvalResourceName": resource,
        "EvalResourceDecision": decision,
        "MissingContextValues": list(missing),
    }


ANSWERS = [
    pytest.param(
        [result("implicitDeny", ResourceSpecificResults=[
            inside("allowed", "a"), inside("implicitDeny", "b")])],
        {"b": ""}, set(), id="one result with the resources inside",
    ),
    pytest.param(
        [result("allowed", "a"), result("explicitDeny", "b")],
        {"b": "an explicit deny in a policy"}, set(), id="one for each, as it was until 2026",
    ),
    pytest.param([result("allowed")], {}, set(), id="of all at once"),
    pytest.param([], {}, {"a", "b"}, id="no result"),
    pytest.param(
        [result("implicitDeny", ResourceSpecificResults=[
            inside("allowed", "a"), inside("implicitDeny", "b", "aws:SourceVpc")])],
        {}, {"b"}, id="a condition on what nobody knows beforehand",
    ),
    pytest.param(
        [result("explicitDeny", OrganizationsDecisionDetail={"AllowedByOrganizations": False})],
        dict.fromkeys("ab", "a service control policy of the organization"), set(), id="an SCP",
    ),
    pytest.param(
        [result("implicitDeny",
                PermissionsBoundaryDecisionDetail={"AllowedByPermissionsBoundary": False})],
        dict.fromkeys("ab", "the role's permissions boundary"), set(), id="a boundary",
    ),
    pytest.param(
        [{**result("implicitDeny"), "EvalActionName": "EKS:updateaddon",
          "MissingContextValues": None, "ResourceSpecificResults": None}],
        dict.fromkeys("ab", ""), set(), id="in another case, with nulls",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("results", "denied", "unsure"), ANSWERS)
def test_what_iam_answers_is_read(
    results: list[dict[str, Any]], denied: dict[str, str], unsure: set[str]
) -> None:
    (asked,) = simulations([right("eks:UpdateAddon", "a"), right("eks:UpdateAddon", "b")])
    found = verdicts(asked, results)
    assert {one.right.resource: one.by for one in found.denied} == denied
    assert {one.resource for one, _ in found.unsure} == unsure


class Sts:
    def __init__(self, arn: str) -> None:
        self.arn = arn

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": self.arn}


class Iam:
    """One that refuses all with a code, and remembers whom it was asked about."""

    def __init__(self, code: str = "AccessDenied") -> None:
        self.code, self.asked = code, ""

    def get_role(self, **_: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetRole")

    def get_paginator(self, _: str) -> "Iam":
        return self

    def paginate(self, **given: Any) -> Any:
        self.asked = given["PolicySourceArn"]
        raise ClientError(
            {"Error": {"Code": self.code, "Message": "in its words"}}, "SimulatePrincipalPolicy"
        )


def ask(arn: str, iam: Any) -> Any:
    clients = AwsClients("eu-west-1", None, None, None, None, iam=iam, sts=Sts(arn))  # type: ignore[arg-type]
    return ask_rights(clients, [right("eks:UpdateAddon", "a")])


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity", "InvalidInput", "Throttling"])
def test_an_iam_that_does_not_tell_is_a_sentence_and_never_a_refusal(code: str) -> None:
    iam = Iam(code)
    found = ask(f"arn:aws:sts::{A}:assumed-role/upgrader/run", iam)
    assert iam.asked == ROLE
    assert found.denied == ()
    (sentence,) = found.unknown
    assert "could not be asked" in sentence
    assert "in its words" in sentence


class Choosy:
    """An IAM that takes one action a call, and allows one of them."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def get_role(self, **_: str) -> Any:
        return {"Role": {"Arn": ROLE}}

    def get_paginator(self, _: str) -> "Choosy":
        return self

    def paginate(self, **given: Any) -> Any:
        names = given["ActionNames"]
        self.asked.append(names)
        if len(names) > 1:
            what = f"Invalid Input Actions: {names} require different authorization information."
            raise ClientError({"Error": {"Code": "InvalidInput", "Message": what}}, "Simulate")
        decided = "allowed" if names == ["eks:UpdateAddon"] else "implicitDeny"
        return [{"EvaluationResults": [result(decided) | {"EvalActionName": names[0]}]}]


def test_actions_that_iam_does_not_take_together_are_asked_for_one_by_one() -> None:
    iam = Choosy()
    clients = AwsClients("eu-west-1", None, None, None, None, iam=iam, sts=Sts(f"{ROLE}"))  # type: ignore[arg-type]
    wanted = [right("eks:UpdateAddon"), right("eks:DescribeUpdate")]
    found = ask_rights(clients, wanted)
    assert iam.asked == [
        ["eks:UpdateAddon", "eks:DescribeUpdate"], ["eks:UpdateAddon"], ["eks:DescribeUpdate"],
    ]  # fmt: skip
    assert [one.right.action for one in found.denied] == ["eks:DescribeUpdate"]
    assert found.unknown == ()


def test_the_accounts_root_user_is_told_to_be_one() -> None:
    (sentence,) = ask(f"arn:aws:iam::{A}:root", Iam()).unknown
    assert "root user has no policies" in sentence


def test_without_clients_or_rights_nothing_is_asked() -> None:
    bare = AwsClients("eu-west-1", None, None, None, None)  # type: ignore[arg-type]
    assert ask_rights(bare, [right("eks:UpdateAddon")]).unknown == ()
    assert ask_rights(bare, []).denied == ()

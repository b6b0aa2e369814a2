"""The rehearsal's IAM, which the other tests trust: what it allows, denies, does not understand."""

from typing import Any

import pytest

from include.rehearsal.aws.rights.policy import (
    Asked,
    Context,
    Resource,
    allows,
    decide,
    like,
)

ARN = "arn:aws:eks:eu-west-1:111122223333:nodegroup/shop/blue/0"


def statement(**more: Any) -> list[dict[str, Any]]:
    return [
        {"Effect": "Allow", "Action": ["eks:DeleteNodegroup"], "Resource": [ARN[:-1] + "*"], **more}
    ]


def equal(key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {key: value}}}


TABLE = [
    pytest.param({}, "eks:DeleteNodegroup", ARN, {}, True, id="action and resource fit"),
    pytest.param({}, "eks:UpdateAddon", ARN, {}, False, id="another action"),
    pytest.param({}, "eks:DeleteNodegroup", ARN.replace("shop", "x"), {}, False, id="another ARN"),
    pytest.param({}, "eks:DeleteNodegroup", "*", {}, False, id="resource-bound, asked for all"),
    pytest.param(equal("k", "a"), "eks:DeleteNodegroup", ARN, {"k": "a"}, True, id="condition"),
    pytest.param(equal("k", ["b", "a"]), "eks:DeleteNodegroup", ARN, {"k": "a"}, True, id="of two"),
    pytest.param(equal("k", "a"), "eks:DeleteNodegroup", ARN, {"k": "b"}, False, id="other value"),
    pytest.param(equal("k", "a"), "eks:DeleteNodegroup", ARN, {}, False, id="key not there"),
]


@pytest.mark.parametrize(("more", "action", "arn", "context", "allowed"), TABLE)
def test_a_request_is_allowed_if_a_statement_fits_it(
    more: dict[str, Any], action: str, arn: str, context: Context, *, allowed: bool
) -> None:
    assert allows(statement(**more), Asked(action, (Resource(arn, context),))) is allowed


def test_every_resource_of_a_request_must_be_allowed() -> None:
    both = (Resource(ARN), Resource(ARN.replace("shop", "other")))
    assert not allows(statement(), Asked("eks:DeleteNodegroup", both))


def test_conditions_of_the_request_itself_count_for_all_its_resources() -> None:
    conditioned = statement(Condition={"ForAllValues:StringLike": {"aws:TagKeys": "ours/*"}})
    for keys, allowed in ((["ours/a"], True), (["ours/a", "eks"], False)):
        request = Asked("eks:DeleteNodegroup", (Resource(ARN),), {"aws:TagKeys": keys})
        assert allows(conditioned, request) is allowed


def test_what_it_does_not_understand_is_an_error_and_no_answer() -> None:
    request = Asked("eks:DeleteNodegroup", (Resource(ARN),))
    with pytest.raises(ValueError, match="NumericLessThan"):
        allows(statement(Condition={"NumericLessThan": {"k": "1"}}), request)
    with pytest.raises(ValueError, match="Actions"):
        allows(statement(Actions=["eks:DeleteNodegroup"]), request)


def test_what_is_denied_stays_so_whatever_else_allows_it() -> None:
    request = Asked("eks:DeleteNodegroup", (Resource(ARN),))
    both = [*statement(), *statement(Effect="Deny")]
    assert decide(both, request, request.resources[0]) == "explicitDeny"
    assert decide([], request, request.resources[0]) == "implicitDeny"
    assert decide(statement(), request, request.resources[0]) == "allowed"


def condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


CONDITIONS = [
    pytest.param(condition("ArnLike", "k", "arn:*:x/*"), {"k": "arn:aws:x/1"}, True, id="ArnLike"),
    pytest.param(condition("ArnLike", "k", "arn:*:x/*"), {}, False, id="ArnLike without a value"),
    pytest.param(condition("Bool", "k", "true"), {"K": "True"}, True, id="Bool, key in any case"),
    pytest.param(condition("Bool", "k", "true"), {"k": "false"}, False, id="Bool that is false"),
    pytest.param(condition("BoolIfExists", "k", "true"), {}, True, id="IfExists without a value"),
    pytest.param(condition("Null", "k", "true"), {}, True, id="Null"),
    pytest.param(condition("Null", "k", "true"), {"k": "a"}, False, id="Null of a value"),
    pytest.param(condition("StringNotEquals", "k", "a"), {}, True, id="not equal, without one"),
    pytest.param(condition("StringNotEquals", "k", ["a", "b"]), {"k": "b"}, False, id="not equal"),
    pytest.param(condition("StringLike", "k", "a*"), {"k": "ab"}, True, id="StringLike"),
    pytest.param(
        condition("ForAnyValue:StringEquals", "k", "a"), {"k": ["b", "a"]}, True, id="any value"
    ),
    pytest.param(
        condition("ForAllValues:StringEquals", "k", "a"), {"k": ["b", "a"]}, False, id="all values"
    ),
    pytest.param(condition("ForAllValues:StringEquals", "k", "a"), {}, True, id="all of no values"),
]


@pytest.mark.parametrize(("more", "context", "allowed"), CONDITIONS)
def test_conditions_hold_as_iam_documents_them(
    more: dict[str, Any], context: Context, *, allowed: bool
) -> None:
    request = Asked("eks:DeleteNodegroup", (Resource(ARN, context),))
    assert allows(statement(**more), request) is allowed


def test_actions_have_no_case_and_may_be_wildcards_or_all_but_some() -> None:
    request = Asked("eks:DeleteNodegroup", (Resource(ARN),))
    for action in ("eks:deletenodegroup", "eks:*", "*", "eks:Delete?odegroup"):
        assert allows(statement(Action=action), request)
    but = [{"Effect": "Allow", "NotAction": "eks:Describe*", "NotResource": "arn:aws:ec2:*"}]
    assert allows(but, request)
    assert not allows(but, Asked("eks:DescribeCluster", (Resource(ARN),)))


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a*c", "abbbc", True),
        ("a?c", "abc", True),
        ("a?c", "abbc", False),
        ("a.c", "abc", False),
        ("*", "", True),
    ],
)
def test_wildcards_are_iams(pattern: str, text: str, *, fits: bool) -> None:
    assert like(pattern, text) is fits

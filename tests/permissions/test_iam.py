"""The small IAM that the other tests trust: what it allows, what it does not, what it refuses."""

from typing import Any

import pytest

from tests.permissions.iam import Asked, Context, Resource, allows, like

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
    with pytest.raises(ValueError, match="only Allow"):
        allows(statement(Effect="Deny"), request)


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

"""EKS's insights are looked at afresh where EKS does so, and what it would not do is told."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.insights import are_fresh, refresh_insights
from include.eks_upgrade.aws.reading import with_fresh_insights

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def insight(minutes: float | None = 0, status: str = "PASSING") -> dict:
    looked = {} if minutes is None else {"lastRefreshTime": NOW - timedelta(minutes=minutes)}
    return {"id": "i-1", "name": "skew", "insightStatus": {"status": status}, **looked}


@pytest.fixture
def eks():
    client = boto3.client(
        "eks", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("insights", "fresh"),
    [
        pytest.param([insight()], True, id="now"),
        pytest.param([insight(9), insight(1)], True, id="minutes ago"),
        pytest.param([insight(1), insight(11)], False, id="one of them longer ago"),
        pytest.param([insight(-5)], True, id="by a clock that is ahead"),
        pytest.param([insight(None)], False, id="nobody says when"),
        pytest.param([], False, id="none"),
    ],
)
def test_insights_are_fresh_for_some_minutes(insights, fresh):
    assert are_fresh(insights, NOW) is fresh


def test_a_refresh_is_waited_for(eks):
    client, stub = eks
    stub.add_response("start_insights_refresh", {"status": "IN_PROGRESS"}, {"clusterName": "c"})
    for status in ("IN_PROGRESS", "IN_PROGRESS", "COMPLETED"):
        stub.add_response("describe_insights_refresh", {"status": status}, {"clusterName": "c"})
    slept = []
    assert refresh_insights(client, "c", sleep=slept.append) == ""
    assert len(slept) == 2


def test_one_that_runs_already_is_waited_for_too(eks):
    client, stub = eks
    stub.add_client_error("start_insights_refresh", "InvalidRequestException", "in progress", 400)
    stub.add_response("describe_insights_refresh", {"status": "COMPLETED"})
    assert refresh_insights(client, "c", sleep=[].append) == ""


def test_one_that_does_not_end_is_told_with_how_long_it_was_waited_for(eks):
    client, stub = eks
    stub.add_response("start_insights_refresh", {"status": "IN_PROGRESS"})
    for _ in range(4):
        stub.add_response("describe_insights_refresh", {"status": "IN_PROGRESS"})
    why = refresh_insights(client, "c", patience=9, sleep=[].append)
    assert "the refresh has not ended within 9 seconds" in why
    assert why.endswith("They are as old as each of them says")


REFUSALS = [
    ("start_insights_refresh", "AccessDeniedException", "not authorized to perform"),
    ("start_insights_refresh", "ThrottlingException", "slow down"),
    ("describe_insights_refresh", "AccessDeniedException", "not authorized to perform"),
    ("describe_insights_refresh", "ResourceNotFoundException", "none"),
]


@pytest.mark.parametrize(("call", "code", "words"), REFUSALS)
def test_what_is_refused_stops_nothing_and_is_told(eks, call, code, words):
    client, stub = eks
    if call != "start_insights_refresh":
        stub.add_response("start_insights_refresh", {"status": "IN_PROGRESS"})
    stub.add_client_error(call, code, words, 400)
    assert f"{code}: {words}" in refresh_insights(client, "c", sleep=[].append)


def test_a_refresh_that_failed_is_told_in_the_words_of_eks(eks):
    client, stub = eks
    stub.add_response("start_insights_refresh", {"status": "IN_PROGRESS"})
    stub.add_response("describe_insights_refresh", {"status": "FAILED", "message": "try later"})
    assert "EKS says FAILED: try later" in refresh_insights(client, "c", sleep=[].append)


def facts(*insights: dict) -> ClusterFacts:
    return ClusterFacts(cluster={"name": "c", "version": "1.25"}, insights=insights)


def test_fresh_insights_cost_no_call(eks):
    client, _ = eks
    known = facts(insight())
    assert with_fresh_insights(AwsClients("x", client, None, None, None), known, NOW) is known


def test_old_ones_are_read_again_after_the_refresh_and_a_refusal_becomes_a_warning(eks):
    client, stub = eks
    stub.add_client_error("start_insights_refresh", "AccessDeniedException", "no", 403)
    stub.add_response("list_insights", {"insights": [insight(5, "WARNING")]})
    in_full = {**insight(5, "WARNING"), "recommendation": "do it"}
    stub.add_response("describe_insight", {"insight": in_full})
    found = with_fresh_insights(AwsClients("x", client, None, None, None), facts(insight(99)), NOW)
    assert [one.get("recommendation") for one in found.insights] == ["do it"]
    assert "AccessDeniedException" in found.unknown[0]

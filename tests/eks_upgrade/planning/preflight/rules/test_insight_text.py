"""What an upgrade insight says in a sentence, and what it does not claim."""

from datetime import UTC, datetime

import pytest

from include.eks_upgrade.planning.preflight.rules.insight_text import insight_text


def detail(usage, *agents, **more):
    stats = [{"userAgent": one, "numberOfRequestsLast30Days": 3} for one in agents]
    return {"usage": usage, "stopServingVersion": "1.29", "clientStats": stats, **more}


def insight(*details, **changes):
    return {
        "insightStatus": {"status": "ERROR", "reason": "Deprecated APIs are in use."},
        "categorySpecificSummary": {"deprecationDetails": list(details)},
        **changes,
    }


def test_only_apis_that_somebody_calls_are_told_as_called():
    told = insight_text(insight(detail("/a", "kubectl/1.24"), detail("/b")))
    assert "/a stops in 1.29, called by kubectl/1.24" in told
    assert "/b" not in told


@pytest.mark.parametrize("stats", [[], None])
def test_where_no_client_is_told_all_are_told_as_checked(stats):
    told = insight_text(insight({**detail("/a"), "clientStats": stats}, detail("/b")))
    assert "EKS checks these and does not say who calls them: /a stops in 1.29, /b" in told


@pytest.mark.parametrize("summary", [None, {}, {"deprecationDetails": None},
                                     {"deprecationDetails": []}])  # fmt: skip
def test_an_insight_without_details_tells_none(summary):
    told = insight_text(insight(categorySpecificSummary=summary))
    assert told == "ERROR: Deprecated APIs are in use"


@pytest.mark.parametrize(
    "looked",
    [
        pytest.param("2025-09-19T07:04:04+02:00", id="text"),
        pytest.param(datetime(2025, 9, 19, 5, 4, tzinfo=UTC), id="botocore's"),
    ],
)
def test_it_says_when_eks_looked_last(looked):
    told = insight_text(insight(lastRefreshTime=looked))
    assert told.endswith("; EKS looked at this last at 2025-09-19 05:04 UTC")


@pytest.mark.parametrize("looked", [None, "", "yesterday"])
def test_a_time_that_is_not_told_is_not_told_by_us(looked):
    assert "looked at this" not in insight_text(insight(lastRefreshTime=looked))


def test_a_resource_whose_name_eks_does_not_know_is_told_as_it_came():
    uri = "/apis/policy/v1beta1/podsecuritypolicies/null"
    resources = [{"insightStatus": {"status": "ERROR"}, "kubernetesResourceUri": uri}]
    assert f"resources: {uri}" in insight_text(insight(resources=resources))

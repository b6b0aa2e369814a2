"""Upgrade insights: what EKS says about the next minor, refreshed on request.

https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from include.rehearsal import catalogue
from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.insight_rows import MORE, deprecation_rows, upgrade_rows
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, now, page

REMEMBERED = timedelta(days=30)
"""How long EKS remembers a call of a deprecated API."""


def start_refresh(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """StartInsightsRefresh.

    Raises:
        AwsError: ResourceNotFound; InvalidRequest while one is running.
    """
    state = region.cluster(request["clusterName"])
    if state.refresh and state.refresh["status"] == "IN_PROGRESS":
        raise errors.invalid_request(
            "An insights refresh is already in progress", clusterName=state.name
        )
    state.refresh = {
        "status": "IN_PROGRESS",
        "message": "Insights refresh is in progress",
        "startedAt": now(),
    }
    world().clock.later(world().timings.insights_refresh, lambda: _refreshed(state))
    return {"status": "IN_PROGRESS", "message": "Insights refresh is in progress"}


def _refreshed(state: ClusterState) -> None:
    assess(state)
    if state.refresh:
        state.refresh.update(
            status="COMPLETED", message="Insights refresh completed", endedAt=now()
        )


def describe_refresh(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeInsightsRefresh."""
    state = region.cluster(request["clusterName"])
    if state.refresh is None:
        raise errors.not_found("No insights refresh found", clusterName=state.name)
    return state.refresh


def list_insights(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListInsights with its three filters."""
    state, wanted = region.cluster(request["clusterName"]), request.get("filter") or {}
    if not state.insights:
        assess(state)
    hidden = ("recommendation", "additionalInfo", "resources", "categorySpecificSummary")
    found = [
        {key: value for key, value in insight.items() if key not in hidden}
        for insight in state.insights
        if _matches(insight, wanted)
    ]
    return page(found, request, "insights")


def _matches(insight: dict[str, Any], wanted: dict[str, Any]) -> bool:
    pairs = (
        (insight["category"], wanted.get("categories")),
        (insight["kubernetesVersion"], wanted.get("kubernetesVersions")),
        (insight["insightStatus"]["status"], wanted.get("statuses")),
    )
    return all(not allowed or value in allowed for value, allowed in pairs)


def describe(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeInsight."""
    state = region.cluster(request["clusterName"])
    for insight in state.insights:
        if insight["id"] == request["id"]:
            return {"insight": insight}
    raise errors.not_found(f"No insight found for id: {request['id']}", clusterName=state.name)


def assess(state: ClusterState) -> None:
    """Look at the cluster and write its insights for the next minor.

    What `faults.insights` holds is added; an entry of the same name replaces ours.
    """
    target = f"1.{catalogue.minor(state.version) + 1}"
    theirs = [row for row in world().faults.insights if row.get("cluster", state.key) == state.key]
    named = {extra["name"] for extra in theirs}
    rows = [*upgrade_rows(state, target), *deprecation_rows(catalogue.minor(state.version))]
    kept = [row for row in rows if row["name"] not in named]
    found = [_insight(state, row, target) for row in (*kept, *theirs)]
    old = [each for each in state.insights if _remembered(each) and each["name"] not in named]
    ids = {each["id"] for each in old}
    state.insights = [*old, *(each for each in found if each["id"] not in ids)]


def _remembered(insight: dict[str, Any]) -> bool:
    """Whether EKS still shows a finding whose cause is gone: calls of an API, for 30 days.

    https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html; that only `force` helps
    meanwhile is told in containers-roadmap#2570.
    """
    details = insight["categorySpecificSummary"].get("deprecationDetails") or []
    calls = [stat["lastRequestTime"] for one in details for stat in one.get("clientStats") or []]
    recent = [now() - datetime.fromisoformat(str(at)) <= REMEMBERED for at in calls]
    return insight["insightStatus"]["status"] == "ERROR" and any(recent)


def _insight(state: ClusterState, row: dict[str, Any], target: str) -> dict[str, Any]:
    version = row.get("kubernetesVersion", target)
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, f"{state.name}/{row['name']}/{version}")
    return {
        "id": str(identity),
        "name": row["name"],
        "category": row.get("category", "UPGRADE_READINESS"),
        "kubernetesVersion": version,
        "lastRefreshTime": now(),
        "lastTransitionTime": now(),
        "description": row.get("description", f"Checks: {row['name']}."),
        "insightStatus": {"status": row["status"], "reason": row.get("reason", "")},
        "recommendation": row.get("recommendation", "Follow the documentation."),
        "additionalInfo": row.get("additionalInfo", MORE),
        "resources": row.get("resources", []),
        "categorySpecificSummary": row.get("categorySpecificSummary", {"deprecationDetails": []}),
    }

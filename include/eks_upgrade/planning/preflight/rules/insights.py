"""EKS upgrade insights as a gate: one in ERROR for the target stops, unless overridden."""

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.planning.preflight.rules.insight_text import (
    for_version,
    insight_status,
    insight_text,
)
from include.eks_upgrade.planning.preflight.rules.standing import final_minor
from include.eks_upgrade.request import UpgradeRequest

_REMEDY = (
    "follow the recommendation and wait for EKS to refresh the insight (calls of removed APIs "
    "stay visible for 30 days), or set override_insights=true if you know it does not apply"
)


def insight_problems(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts
) -> tuple[Problem, ...]:
    """One problem for each insight in ERROR for the target; none when they are overridden."""
    if request.override_insights:
        return ()
    return tuple(
        Problem(f"upgrade insight {one.get('name')!r}", insight_text(one), _REMEDY)
        for one in for_version(facts.insights, target)
        if insight_status(one) == "ERROR"
    )


def insight_warnings(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts
) -> tuple[str, ...]:
    """Insights that are neither passing nor a problem, in words; and when there are none."""
    if not facts.insights:
        return (f"EKS has no upgrade insights for {target}: its readiness was not checked by AWS",)
    told = [one for one in for_version(facts.insights, target) if insight_status(one) != "PASSING"]
    if not request.override_insights:
        told = [one for one in told if insight_status(one) != "ERROR"]
    return tuple(
        f"upgrade insight {one.get('name')!r}{_overridden(insight_status(one))}: "
        f"{insight_text(one)}"
        for one in told
    )


def later_minor(insight: Raw, request: UpgradeRequest, target: Minor) -> Minor | None:
    """The minor of the later hop that an insight is about; None where it is about no such hop."""
    about = read_minor(str(insight.get("kubernetesVersion") or ""))
    on_the_way = about is not None and target < about <= final_minor(request, target)
    return about if on_the_way else None


def _overridden(status: str) -> str:
    return " (overridden by override_insights)" if status == "ERROR" else ""

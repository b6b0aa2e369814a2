"""What EKS's insights say beside those that this run is judged by. Pure.

Those about the minors of later hops will be judged by the runs of those hops, which one in ERROR
refuses: what they say is worth days of warning.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.readings.cluster_surroundings import OTHER_INSIGHTS
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.insight_text import insight_status, insight_text
from include.eks_upgrade.planning.preflight.rules.insights import later_minor
from include.eks_upgrade.planning.preflight.seen import Seen

UPGRADE = "UPGRADE_READINESS"


def _judge(seen: Seen) -> Iterator[Finding]:
    for one in seen.facts.insights:  # of the next minor: of a later hop where this run stays
        if insight_status(one) != "PASSING" and _hop(one, seen):
            yield _finding(one, seen)
    for one in seen.of(OTHER_INSIGHTS):
        yield _finding(one, seen)


def _hop(insight: Raw, seen: Seen) -> str:
    """The version of the later hop that an insight will be judged by; empty for none."""
    if seen.target_refused or insight.get("category", UPGRADE) != UPGRADE:
        return ""
    found = later_minor(insight, seen.request, seen.target)
    return str(found) if found else ""


def _finding(insight: Raw, seen: Seen) -> Finding:
    version = str(insight.get("kubernetesVersion") or "")
    subject = f"insight {insight.get('name')!r}" + (f" about {version}" if version else "")
    text, hop = insight_text(insight), _hop(insight, seen)
    if not hop:
        return Finding(Severity.INFORMS, subject, text, _remedy(insight))
    if insight_status(insight) != "ERROR":
        what = f"{text}. The hop to {hop} will warn of it if it is still so"
        return Finding(Severity.INFORMS, subject, what, f"see to it before the hop to {hop}")
    if seen.request.override_insights:
        what = f"{text}. The hop to {hop} will pass over it: override_insights is set"
        return Finding(Severity.WARNS, subject, what, f"see to it before the hop to {hop}")
    return Finding(
        Severity.WARNS,
        subject,
        f"{text}. The hop to {hop} will be refused if it is still so",
        f"follow the recommendation before the hop to {hop}; calls of removed APIs stay visible "
        "for 30 days",
    )


def _remedy(insight: Raw) -> str:
    if insight.get("category") == UPGRADE:
        return "it does not stop this upgrade; see to it before the one that it is about"
    return "it is about how the cluster is set up: see to it when you can"


CHECK = Check(
    "other_insights",
    "What do EKS's insights say about versions after this run's, and about misconfigurations?",
    "https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html",
    _judge,
)

"""What EKS's insights say beside those about the next minor. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.aws.readings.cluster_surroundings import OTHER_INSIGHTS
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.insight_text import insight_text
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    for one in seen.of(OTHER_INSIGHTS):
        version = str(one.get("kubernetesVersion") or "")
        about = f" about {version}" if version else ""
        yield Finding(
            Severity.INFORMS,
            f"insight {one.get('name')!r}{about}",
            insight_text(one),
            "it does not stop this upgrade; see to it before the one that it is about"
            if one.get("category") == "UPGRADE_READINESS"
            else "it is about how the cluster is set up: see to it when you can",
        )


CHECK = Check(
    "other_insights",
    "What do EKS's insights say about later versions, and about misconfigurations?",
    "https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html",
    _judge,
)

"""What EKS itself says of the cluster's readiness."""

from collections.abc import Iterator

from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.insights import insight_problems, insight_warnings
from include.eks_upgrade.planning.preflight.seen import REFUSED_TARGET, Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target_refused:
        raise NotKnown(REFUSED_TARGET)
    if seen.moves_control_plane:
        yield from blocking(insight_problems(seen.request, seen.target, seen.facts))
    if seen.facts.present < seen.target:
        told = insight_warnings(seen.request, seen.target, seen.facts)
        yield from warning("upgrade insights", told)


CHECK = Check(
    "upgrade_insights",
    "Does EKS say that the cluster is ready for the next minor?",
    "https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html",
    _judge,
    may_be_waived=False,
)

"""Health issues that EKS reports of the cluster."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.cluster import health_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(health_problems(seen.facts))


CHECK = Check(
    "cluster_health",
    "Does EKS report health issues of the cluster?",
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterIssue.html",
    _judge,
)

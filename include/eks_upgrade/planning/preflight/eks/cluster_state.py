"""Whether the cluster is at rest, or on the way that is asked for."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.cluster import state_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(state_problems(seen.target, seen.facts))


CHECK = Check(
    "cluster_state",
    "Is the cluster ACTIVE, without another update?",
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateClusterVersion.html",
    _judge,
    may_be_waived=False,
)

"""Whether the target is a version that the cluster can go to."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.target import target_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(target_problems(seen.request, seen.facts))


CHECK = Check(
    "target_version",
    "Can the cluster go to the version asked for?",
    "https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html",
    _judge,
    may_be_waived=False,
)

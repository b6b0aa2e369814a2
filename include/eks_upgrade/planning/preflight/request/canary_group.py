"""The node group that is to be replaced first."""

from collections.abc import Iterator

from include.eks_upgrade.planning.order import canary_problems
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(canary_problems(seen.request, seen.target, seen.facts))


CHECK = Check(
    "canary_group",
    "Is the canary among the groups of this run?",
    "docs/groups.md",
    _judge,
    may_be_waived=False,
)

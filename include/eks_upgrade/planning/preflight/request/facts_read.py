"""What every plan is judged by, and could not be read."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import warning
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from warning("the plan", seen.facts.unknown)


CHECK = Check(
    "facts_read",
    "Was everything read that every plan is judged by?",
    "https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html",
    _judge,
)

"""A way for every EKS add-on to what fits the target."""

from collections.abc import Iterator

from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.seen import REFUSED_TARGET, Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target_refused:
        raise NotKnown(REFUSED_TARGET)
    yield from blocking(seen.ways.problems)
    yield from warning("add-ons", seen.ways.warnings)


CHECK = Check(
    "addon_ways",
    "Is there a way for every EKS add-on to a version that fits the target?",
    "https://docs.aws.amazon.com/eks/latest/userguide/managing-add-ons.html",
    _judge,
    may_be_waived=False,
)

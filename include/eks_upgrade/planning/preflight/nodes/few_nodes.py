"""Groups with fewer nodes than subnets."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import warning
from include.eks_upgrade.planning.preflight.rules.groups import few_nodes
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if not seen.target_refused:
        yield from warning("node groups", few_nodes(seen.rolled, seen.facts))


CHECK = Check(
    "few_nodes",
    "Does a group have fewer nodes than subnets, so that new ones may be in other zones?",
    "https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html",
    _judge,
)

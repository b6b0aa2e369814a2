"""Addresses in the subnets of the new groups."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.new_groups.subnets import (
    new_group_subnet_problems,
    new_group_subnet_warnings,
)
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    surge, at_once = seen.surge, seen.request.max_groups_at_once
    found = new_group_subnet_problems(seen.needs, seen.facts, surge, at_once=at_once)
    yield from blocking(found)
    told = new_group_subnet_warnings(seen.needs, seen.facts, surge, at_once=at_once)
    yield from warning("subnets of node groups", told)


CHECK = Check(
    "node_subnets",
    "Do the subnets of the groups have addresses for new nodes and their pods?",
    "https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/prefix-and-ip-target.md",
    _judge,
)

"""Capacity reservations and Capacity Blocks that nodes are bound to."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.new_groups.capacity import (
    capacity_problems,
    capacity_warnings,
)
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    surge, at_once = seen.surge, seen.request.max_groups_at_once
    yield from blocking(capacity_problems(seen.needs, seen.facts, surge, at_once=at_once))
    yield from warning("capacity reservations", capacity_warnings(seen.needs, surge))


CHECK = Check(
    "reserved_capacity",
    "Does reserved capacity have room for new nodes beside the old ones?",
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-using.html",
    _judge,
)

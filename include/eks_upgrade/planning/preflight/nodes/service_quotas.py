"""Quotas of EKS and EC2 against what the new groups add."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.quotas import quota_problems, quota_warnings
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    surge, at_once = seen.surge, seen.request.max_groups_at_once
    yield from warning("quotas", surge.unknown)
    yield from blocking(quota_problems(seen.needs, seen.facts, surge, at_once=at_once))
    told = quota_warnings(seen.needs, seen.facts, surge, at_once=at_once)
    yield from warning("quotas", told)


CHECK = Check(
    "service_quotas",
    "Do the quotas of EKS and EC2 have room for new groups beside the old ones?",
    "https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html",
    _judge,
)

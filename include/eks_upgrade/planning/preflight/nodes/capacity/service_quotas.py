"""Quotas of EKS and EC2 against what the new groups add."""

from collections.abc import Iterator
from dataclasses import replace

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.readings.named_quotas import NAMED_QUOTAS, unknown_families
from include.eks_upgrade.common.reading import NotAsked, NotKnown
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.new_groups.quotas import (
    quota_problems,
    quota_warnings,
)
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    surge, not_known = _with_names(seen)
    at_once = seen.request.max_groups_at_once
    yield from warning("quotas", surge.unknown)
    yield from blocking(quota_problems(seen.needs, seen.facts, surge, at_once=at_once))
    told = quota_warnings(seen.needs, seen.facts, surge, at_once=at_once)
    yield from warning("quotas", told)
    if not_known is not None:
        raise not_known


def _with_names(seen: Seen) -> tuple[SurgeFacts, NotKnown | None]:
    """What new groups will take, with quotas that were found by their names; or why none were."""
    surge = seen.surge
    if not unknown_families(seen.facts):
        return surge, None
    try:
        found = seen.of(NAMED_QUOTAS)
    except NotAsked:
        return surge, None
    except NotKnown as error:
        return surge, error
    values = {one.code: one.value for one in found.values()}
    codes = {family: one.code for family, one in found.items()}
    return replace(surge, quotas={**surge.quotas, **values}, named_quotas=codes), None


CHECK = Check(
    "service_quotas",
    "Do the quotas of EKS and EC2 have room for new groups beside the old ones?",
    "https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html",
    _judge,
)

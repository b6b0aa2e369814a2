"""Quotas of vCPUs that are known by their names only, as read for the preflight. Pure.

AWS gives new families quotas of their own, whose codes no table has yet. Their names tell which
instances they count: `Running On-Demand HPC instances`, `All Trn Spot Instance Requests`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from include.eks_upgrade.aws.capacity.quota_codes import family_letters, vcpu_quota
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

Family = tuple[str, bool]
"""Letters before the number of an instance type, and whether Spot is meant."""


@dataclass(frozen=True)
class NamedQuota:
    """A quota as Service Quotas lists it."""

    code: str
    name: str
    value: float


NAMED_QUOTAS: Reading[Mapping[Family, NamedQuota]] = Reading(
    "named_quotas",
    "the quotas of instance families whose codes are not known here",
    ("servicequotas:ListServiceQuotas", "servicequotas:ListAWSDefaultServiceQuotas"),
)
"""By family; one that no name tells is missing. Nothing is asked where all codes are known."""

_ON_DEMAND = re.compile(r"Running On-Demand (?P<families>.+?) instances", re.IGNORECASE)
_SPOT = re.compile(r"All (?P<families>.+?) Spot Instance Requests", re.IGNORECASE)
_LISTED = re.compile(r"\((?P<inside>[^)]*)\)")
_HIGH_MEMORY = "high memory"


def unknown_families(facts: ClusterFacts) -> dict[Family, None]:
    """The families of the node groups' types that no known code counts, in their order."""
    templates = facts.surge.templates if facts.surge else {}
    found: dict[Family, None] = {}
    for name, group in facts.node_groups.items():
        spot = group.get("capacityType") == "SPOT"
        for one in _types(group, templates.get(name)):
            if family_letters(one) and not vcpu_quota(one, spot=spot):
                found[family_letters(one), spot] = None
    return found


def _types(group: Raw, template: Raw | None) -> list[str]:
    named = ((template or {}).get("LaunchTemplateData") or {}).get("InstanceType")
    return [str(named)] if named else [str(one) for one in group.get("instanceTypes") or ()]


def named_quota(raw: Raw) -> NamedQuota:
    """A raw quota of Service Quotas."""
    return NamedQuota(
        str(raw.get("QuotaCode", "")), str(raw.get("QuotaName", "")), float(raw.get("Value") or 0)
    )


def families_of(name: str) -> Iterator[Family]:
    """The families whose vCPUs a quota of this name counts; none of any other name."""
    for pattern, spot in ((_ON_DEMAND, False), (_SPOT, True)):
        if found := pattern.fullmatch(name.strip()):
            families = found["families"]
            inside = _LISTED.search(families)
            for word in re.split(r",|\band\b", inside["inside"] if inside else families):
                letters = word.strip().lower()
                yield ("u" if letters == _HIGH_MEMORY else letters), spot

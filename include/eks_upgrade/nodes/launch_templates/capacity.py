"""The capacity that a launch template is bound to: a reservation, a Capacity Block. Pure.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservation-overview.html
https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html
"""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.launch_templates.version import template_data


def reservation_of(version: Raw | None) -> str:
    """The id of the capacity reservation that the template targets; '' when it targets none."""
    return str(_target(version).get("CapacityReservationId") or "")


def resource_group_of(version: Raw | None) -> str:
    """The ARN of the resource group of reservations that the template targets, or ''."""
    return str(_target(version).get("CapacityReservationResourceGroupArn") or "")


def _target(version: Raw | None) -> Raw:
    specification: Raw = template_data(version).get("CapacityReservationSpecification") or {}
    return specification.get("CapacityReservationTarget") or {}


def only_reserved(version: Raw | None) -> bool:
    """Whether nodes start in reservations and nowhere else."""
    specification = template_data(version).get("CapacityReservationSpecification") or {}
    return specification.get("CapacityReservationPreference") == "capacity-reservations-only"


def is_capacity_block(group: Raw, version: Raw | None) -> bool:
    """Whether the group lives in a Capacity Block, which has a fixed number of instances."""
    market = template_data(version).get("InstanceMarketOptions") or {}
    of_group = group.get("capacityType") == "CAPACITY_BLOCK"
    return of_group or market.get("MarketType") == "capacity-block"

"""What EC2 has for one more instance: addresses, vCPUs of the account, a reservation's room.

The codes are those that Auto Scaling shows in its activities:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-instancelaunchfailure.html
"""

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.quotas import ON_DEMAND_VCPUS, value_of


def problem(ec2: Any, subnet: str | None, instance_type: str, data: dict[str, Any]) -> str | None:
    """Why EC2 would not start an instance now, or None.

    Args:
        ec2: moto's EC2 of the region.
        subnet: where it is to start.
        instance_type: what it is to be.
        data: LaunchTemplateData.
    """
    return (
        _without_address(ec2, subnet)
        or _without_vcpus(ec2, instance_type)
        or _without_reservation(data)
    )


def _without_address(ec2: Any, subnet: str | None) -> str | None:
    found = ec2.get_subnet(subnet) if subnet else None
    if found is None or int(found.available_ip_address_count) > 0:
        return None
    return (
        "InsufficientFreeAddressesInSubnet - There are not enough free addresses in subnet "
        f"'{subnet}' to satisfy the requested number of instances. Launching EC2 instance failed."
    )


def _without_vcpus(ec2: Any, instance_type: str) -> str | None:
    limit = value_of(ON_DEMAND_VCPUS)
    used = sum(
        _vcpus(one.instance_type)
        for reservation in ec2.reservations.values()
        for one in reservation.instances
        if one.state in {"pending", "running"}
    )
    if used + _vcpus(instance_type) <= limit:
        return None
    return (
        "VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of "
        f"{limit:.0f} allows for the instance bucket that the specified instance type belongs to. "
        "Launching EC2 instance failed."
    )


def _vcpus(instance_type: str) -> int:
    return int(INSTANCE_TYPES.get(instance_type, {}).get("VCpuInfo", {}).get("DefaultVCpus", 0))


def _target(data: dict[str, Any]) -> str:
    specification = data.get("CapacityReservationSpecification") or {}
    return str(
        (specification.get("CapacityReservationTarget") or {}).get("CapacityReservationId") or ""
    )


def _without_reservation(data: dict[str, Any]) -> str | None:
    target = _target(data)
    found = world().reservations.get(target)
    if not target or (found and found["AvailableInstanceCount"] > 0):
        return None
    return (
        "ReservationCapacityExceeded - The requested capacity reservation has no room. Launching "
        "EC2 instance failed."
    )


def take(data: dict[str, Any]) -> None:
    """An instance has started: the reservation that the template targets has one less."""
    found = world().reservations.get(_target(data))
    if found:
        found["AvailableInstanceCount"] -= 1

"""What runs in an account's region, what is reserved there, and what types and subnets are like."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.common.raw import Raw, RawDict

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_PER_FILTER = 200
"""EC2 takes 200 values of one filter."""


def read_subnets(ec2: "EC2Client", ids: Collection[str]) -> dict[str, RawDict]:
    """DescribeSubnets by id; asked by filter, so that one that is gone is missing, not an error."""
    return _by_filter(ec2, "describe_subnets", "Subnets", "subnet-id", ids, key="SubnetId")


def read_instance_types(ec2: "EC2Client", names: Collection[str]) -> dict[str, RawDict]:
    """DescribeInstanceTypes by name; a type that the region does not offer is missing."""
    return _by_filter(
        ec2, "describe_instance_types", "InstanceTypes", "instance-type", names, key="InstanceType"
    )


def _by_filter(
    ec2: "EC2Client", operation: str, members: str, name: str, values: Collection[str], *, key: str
) -> dict[str, RawDict]:
    found: dict[str, RawDict] = {}
    wanted = sorted(set(values))
    for start in range(0, len(wanted), _PER_FILTER):
        by_value = [{"Name": name, "Values": wanted[start : start + _PER_FILTER]}]
        with aws_errors_about(f"{members} of the node groups"):
            answers = all_pages(ec2, operation, members, Filters=by_value)
        found |= {str(one[key]): one for one in answers}
    return found


def read_instances(ec2: "EC2Client") -> tuple[tuple[Raw, ...] | None, tuple[str, ...]]:
    """All instances that run or start in the region; or None, and a sentence."""
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    try:
        with aws_errors_about("instances of the region"):
            reserved = all_pages(ec2, "describe_instances", "Reservations", Filters=states)
    except UpgradeError as error:
        return None, (_unasked("the instances that run", error),)
    return tuple(one for many in reserved for one in many.get("Instances", ())), ()


def read_reservations(
    ec2: "EC2Client", ids: Iterable[str]
) -> tuple[dict[str, Raw] | None, tuple[str, ...]]:
    """Capacity reservations by id; one that is gone is missing. Or None, and a sentence."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}, ()
    found: dict[str, Raw] = {}
    try:
        with aws_errors_about("capacity reservations of the launch templates"):
            for page in _reservation_pages(ec2):
                found |= {str(one["CapacityReservationId"]): one for one in page}
    except UpgradeError as error:
        return None, (_unasked("capacity reservations", error),)
    return {name: found[name] for name in wanted if name in found}, ()


def _reservation_pages(ec2: "EC2Client") -> Iterable[list[Raw]]:
    # There is no filter by id, and the ids themselves are refused as soon as one of them is gone.
    paginate: Any = ec2.get_paginator("describe_capacity_reservations").paginate
    return (page["CapacityReservations"] for page in paginate())


def _unasked(what: str, error: UpgradeError) -> str:
    why = str(error).splitlines()[-1].strip()
    return f"{what} could not be asked, so the plan is not judged by them: {why}"

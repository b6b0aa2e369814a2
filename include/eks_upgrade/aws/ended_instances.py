"""Which EC2 instances have ended."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.errors import aws_errors_about

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

PER_FILTER = 200
"""Values that EC2 takes in one filter:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html"""


def read_ended(ec2: "EC2Client", ids: Collection[str]) -> frozenset[str]:
    """Those of the instances that are terminated, or that EC2 does not list any more.

    A terminated instance is listed for about an hour. Asked by a filter and not by id: of ids, one
    that is forgotten would make an error of the whole answer.

    Raises:
        UpgradeError: as EC2 answered.
    """
    wanted, alive = sorted(set(ids)), set[str]()
    for start in range(0, len(wanted), PER_FILTER):
        named = [{"Name": "instance-id", "Values": wanted[start : start + PER_FILTER]}]
        with aws_errors_about("instances of nodes that are not Ready"):
            reserved = all_pages(ec2, "describe_instances", "Reservations", Filters=named)
        found = (one for many in reserved for one in many.get("Instances") or ())
        alive |= {one["InstanceId"] for one in found if one["State"]["Name"] != "terminated"}
    return frozenset(wanted) - alive

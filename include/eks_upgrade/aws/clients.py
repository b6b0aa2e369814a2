"""The AWS clients a step needs, made by whoever has the credentials and handed in together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True)
class AwsClients:
    """boto3 clients of one account and region.

    Attributes:
        quotas: of Service Quotas; without it quotas are not judged.
        pricing: of the price lists, in a region that has them; without it prices are not known.
        iam, sts: without them the caller's own rights are not asked about.
        kms: without it the key of a cluster's secrets is not looked at.
        zonal_shift: of ARC; without it zonal shifts in progress are not known.
    """

    region: str
    eks: "EKSClient"
    ec2: "EC2Client"
    autoscaling: "AutoScalingClient"
    ssm: "SSMClient"
    quotas: Any = None
    pricing: Any = None
    iam: Any = None
    sts: Any = None
    kms: Any = None
    zonal_shift: Any = None

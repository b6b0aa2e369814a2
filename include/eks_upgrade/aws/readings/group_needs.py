"""What new nodes need of EC2 beside quotas and addresses, as read for the preflight. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.common.reading import Reading

OFFERINGS: Reading[Mapping[str, frozenset[str]]] = Reading(
    "instance_type_offerings",
    "the zones in which EC2 offers the instance types",
    ("ec2:DescribeInstanceTypeOfferings",),
)
"""The zones that offer a type (`eu-central-1a`), by type; a type that none offers is missing."""


@dataclass(frozen=True)
class TemplateVersions:
    """Which versions of a launch template `$Default` and `$Latest` are now."""

    default: int
    latest: int


TEMPLATE_VERSIONS: Reading[Mapping[str, TemplateVersions]] = Reading(
    "template_versions",
    "which versions of the launch templates are the default and the latest",
    ("ec2:DescribeLaunchTemplates",),
)
"""By the template's id; one that is gone is missing."""


@dataclass(frozen=True)
class Storage:
    """Volumes of one type in the region.

    Attributes:
        used: GiB of all volumes that exist.
        quota: TiB that the account may have.
    """

    used: int
    quota: float


STORAGE: Reading[Mapping[str, Storage]] = Reading(
    "ebs_storage",
    "the EBS storage of the region and its quotas",
    ("ec2:DescribeVolumes", "servicequotas:GetServiceQuota"),
)
"""By volume type: `gp2`, `gp3`. One whose quota is not known is missing."""

STORAGE_QUOTAS = {"gp2": "L-D18FCD1D", "gp3": "L-7A658B76"}
"""Of Service Quotas' service `ebs`; the codes as several public tables have them."""

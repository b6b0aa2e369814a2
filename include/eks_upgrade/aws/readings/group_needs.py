"""What new nodes need of EC2 beside quotas and addresses, as read for the preflight. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.raw import Raw
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
"""By volume type, `gp2` or `gp3`. One that new nodes do not have, or whose quota is not known, is
missing."""

STORAGE_QUOTAS = {"gp2": "L-D18FCD1D", "gp3": "L-7A658B76"}
"""Of Service Quotas' service `ebs`; the codes as several public tables have them."""

EKS_VOLUMES, EC2_VOLUMES = "gp3", "gp2"
"""The type that EKS's own images have, and the one that EC2 takes where a template names none."""


def volumes_of(data: Raw) -> list[Raw]:
    """The EBS volumes that the data of a launch template's version names."""
    mappings = data.get("BlockDeviceMappings") or ()
    return [one["Ebs"] for one in mappings if one.get("Ebs")]


def volume_type(volume: Raw) -> str:
    """Of a volume of a launch template."""
    return str(volume.get("VolumeType") or EC2_VOLUMES)


def volume_types(facts: ClusterFacts) -> frozenset[str]:
    """The types of volumes that nodes of the cluster's groups are started with."""
    templates = facts.surge.templates if facts.surge else {}
    found: set[str] = set()
    for group in facts.node_groups:
        data = (templates.get(group) or {}).get("LaunchTemplateData") or {}
        found |= {volume_type(one) for one in volumes_of(data)} or {EKS_VOLUMES}
    return frozenset(found)

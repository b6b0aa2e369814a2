"""Auto Scaling groups of self-managed nodes, as read for the preflight. Pure.

https://docs.aws.amazon.com/eks/latest/userguide/launch-workers.html: such a group carries the tag
`kubernetes.io/cluster/<name>`. Those of managed node groups carry EKS's own tags beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

_OF_EKS = "eks:nodegroup-name"
_DEFAULT = "$Default"


@dataclass(frozen=True)
class OwnGroup:
    """An Auto Scaling group that no managed node group stands behind.

    Attributes:
        versions: raw LaunchTemplateVersions that its instances start from.
        unread: what it starts instances from that is not read here; empty where all was read.
    """

    name: str
    versions: tuple[Raw, ...] = ()
    unread: str = ""


OWN_GROUPS: Reading[tuple[OwnGroup, ...]] = Reading(
    "own_groups",
    "the Auto Scaling groups of self-managed nodes, and their launch templates",
    ("autoscaling:DescribeAutoScalingGroups", "ec2:DescribeLaunchTemplateVersions"),
)
"""Nothing is asked of a cluster without nodes of EC2 that no managed node group stands behind."""


def has_own_nodes(facts: ClusterFacts) -> bool:
    """Whether a node outside managed node groups is an instance of EC2."""
    return any(
        provider.startswith("aws:///") and provider.rpartition("/")[2].startswith("i-")
        for provider in facts.loose_providers.values()
    )


def tag_keys(cluster: str) -> tuple[str, str]:
    """The tags by which such a group belongs to a cluster: today's, and an older one."""
    return f"kubernetes.io/cluster/{cluster}", f"k8s.io/cluster/{cluster}"


def is_own(group: Raw, cluster: str) -> bool:
    """Whether a raw group is one of a cluster's self-managed nodes."""
    tags = {str(one.get("Key")) for one in group.get("Tags") or ()}
    return _OF_EKS not in tags and not tags.isdisjoint(tag_keys(cluster))


def templates_of(group: Raw) -> list[tuple[str, str]]:
    """The launch templates that a raw group starts instances from, each as id and version."""
    return list(dict.fromkeys(_templates(group)))


def _templates(group: Raw) -> Iterator[tuple[str, str]]:
    policy = (group.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    named = [
        group.get("LaunchTemplate"),
        policy.get("LaunchTemplateSpecification"),
        *(one.get("LaunchTemplateSpecification") for one in policy.get("Overrides") or ()),
    ]
    for one in named:
        if one and one.get("LaunchTemplateId"):
            yield str(one["LaunchTemplateId"]), str(one.get("Version") or _DEFAULT)

"""Which statuses of clusters, add-ons and node groups stay until somebody acts. Pure.

Every other status comes to an end by itself, and so is waited for: also a word that is not known
here, for AWS adds statuses before it tells of them (`Cancelling` of an update was one).
The known ones are those of botocore's service model of EKS.
"""

from include.eks_upgrade.common.raw import Raw

CLUSTER_STAYS = frozenset({"ACTIVE", "FAILED"})
ADDON_STAYS = frozenset({"ACTIVE", "DEGRADED", "CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"})
GROUP_STAYS = frozenset({"ACTIVE", "DEGRADED", "CREATE_FAILED", "DELETE_FAILED"})
GOING = "DELETING"
"""Comes to an end as well, but what is waited for is then gone."""


def cluster_in_motion(cluster: Raw) -> bool:
    """Whether AWS is at work on the cluster and will leave it as it is; raw DescribeCluster."""
    return _in_motion(cluster, CLUSTER_STAYS)


def addon_in_motion(addon: Raw) -> bool:
    """The same of an add-on; raw DescribeAddon."""
    return _in_motion(addon, ADDON_STAYS)


def group_in_motion(group: Raw) -> bool:
    """The same of a managed node group; raw DescribeNodegroup."""
    return _in_motion(group, GROUP_STAYS)


def _in_motion(raw: Raw, stays: frozenset[str]) -> bool:
    return raw.get("status") not in {*stays, GOING, None}

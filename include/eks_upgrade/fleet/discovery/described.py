"""A cluster of the fleet, from what EKS describes."""

from collections.abc import Sequence

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.discovery.offer import Offer
from include.eks_upgrade.fleet.discovery.place import Place, partition_of


def described(
    place: Place, cluster: Raw, groups: Sequence[Raw], offer: Offer, unreadable: str = ""
) -> FleetCluster:
    """What the fleet has to know of a cluster.

    Args:
        place: where it was found.
        cluster: as DescribeCluster answers.
        groups: its managed node groups, as DescribeNodegroup answers.
        offer: what EKS offers in its region.
        unreadable: what could not be read of it, and why.
    """
    arn, version = str(cluster["arn"]), str(cluster["version"])
    return FleetCluster(
        arn=arn,
        name=str(cluster["name"]),
        account=arn.split(":")[4],
        account_name=place.account_name,
        region=place.region,
        aws_conn_id=place.aws_conn_id,
        role_arn=place.role_arn,
        version=version,
        status=str(cluster.get("status", "")),
        tags=dict(cluster.get("tags") or {}),
        node_groups=len(groups),
        nodes=sum(
            int((each.get("scalingConfig") or {}).get("desiredSize") or 0) for each in groups
        ),
        nodes_version=_oldest(groups),
        support=str((cluster.get("upgradePolicy") or {}).get("supportType") or ""),
        standard_ends=offer.standard_ends.get(version),
        extended_ends=offer.extended_ends.get(version),
        unreadable=unreadable,
    )


def _oldest(groups: Sequence[Raw]) -> str:
    """The oldest minor of the node groups that stay; empty where none can be read."""
    staying = (each for each in groups if each.get("status") != "DELETING")
    found = [minor for each in staying if (minor := read_minor(each.get("version")))]
    return str(min(found)) if found else ""


def undescribed(place: Place, account: str, name: str, why: str) -> FleetCluster:
    """A cluster of which no more is known than that EKS lists it."""
    return FleetCluster(
        arn=f"arn:{partition_of(place.region)}:eks:{place.region}:{account}:cluster/{name}",
        name=name,
        account=account,
        account_name=place.account_name,
        region=place.region,
        aws_conn_id=place.aws_conn_id,
        role_arn=place.role_arn,
        version="",
        status="",
        unreadable=why,
    )

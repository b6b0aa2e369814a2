"""Whether a cluster is upgraded as planned, once its tags were read again. Pure.

Hours may lie between the plan and a cluster's turn. Who takes a cluster out by a tag must not see
it upgraded; one that belongs to another ring now, or gets other parameters, is planned anew.
"""

from include.eks_upgrade.fleet.choice.overrides import parameters_of
from include.eks_upgrade.fleet.choice.selection import in_fleet, means
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile

NEXT = "the next run plans it anew"


def out_of_fleet(file: FleetFile, now: FleetCluster) -> str:
    """Why the cluster is none of the fleet any more; empty: it is one."""
    if in_fleet(file.clusters, now):
        return ""
    return "`clusters` of the fleet file does not mean it any more"


def planned_otherwise(file: FleetFile, ring: str, planned: FleetCluster, now: FleetCluster) -> str:
    """Why the plan is no more the one for the cluster; empty: it is.

    Args:
        file: as it is now.
        ring: for which the cluster was planned.
        planned: as discovery had found it.
        now: as it is now.
    """
    if planned.tags == now.tags:
        return ""
    for each in file.rings:
        if each.name == ring:
            if means(each.clusters, now):
                break
            return f"its tags were changed, and ring '{ring}' does not mean it any more; {NEXT}"
        if each.percent is None and means(each.clusters, now):
            return f"its tags were changed, and it is in ring '{each.name}' now; {NEXT}"
    if parameters_of(file, planned, ring) != parameters_of(file, now, ring):
        return f"its tags were changed, and with them its overrides; {NEXT}"
    return ""

"""The parameters of `eks_upgrade` that the fleet file gives to one cluster."""

from include.eks_upgrade.fleet.choice.selection import means
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile


def parameters_of(file: FleetFile, cluster: FleetCluster, ring: str) -> dict[str, object]:
    """By name what the cluster's runs are given beside cluster, region and version.

    A later override wins over an earlier one, parameter by parameter; lists are replaced whole.
    """
    chosen: dict[str, object] = {}
    for override in file.overrides:
        if means(override.clusters, cluster) and (not override.rings or ring in override.rings):
            chosen |= override.parameters
    return chosen

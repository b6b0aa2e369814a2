"""The parameters of `eks_upgrade` that the fleet file gives to one cluster."""

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.fleet.choice.selection import means
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.planning.preflight.kinds import parameter_problems


def parameters_of(file: FleetFile, cluster: FleetCluster, ring: str) -> dict[str, object]:
    """By name what the cluster's runs are given beside cluster, region and version.

    A later override wins over an earlier one, parameter by parameter; lists are replaced whole.
    """
    chosen: dict[str, object] = {}
    for override in file.overrides:
        if means(override.clusters, cluster) and (not override.rings or ring in override.rings):
            chosen |= override.parameters
    return chosen


def refused_together(parameters: Raw) -> str:
    """Why a run would refuse what several overrides come to for a cluster; empty when it would not.

    Each by itself was judged when the file was read.
    """
    problems = parameter_problems(parameters)
    told = "; ".join(map(_told, problems))
    return f"a run would refuse its overrides together: {told}" if told else ""


def _told(problem: Problem) -> str:
    return f"{problem.subject}: {unstopped(problem.what)} ({unstopped(problem.remedy)})"

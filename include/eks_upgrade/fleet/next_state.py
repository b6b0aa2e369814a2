"""The fleet as it would be when an opening has gone as planned: to plan the openings after it."""

from dataclasses import replace

from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.plan import FleetPlan


def after(found: Found, plan: FleetPlan) -> Found:
    """What discovery would find once every run that the plan promises has gone well."""
    moved = {each.arn: each.to_version for each in plan.runs if each.promised and each.to_version}
    return replace(
        found,
        clusters=tuple(_moved(each, moved.get(each.arn, ""), found) for each in found.clusters),
    )


def _moved(cluster: FleetCluster, version: str, found: Found) -> FleetCluster:
    if not version:
        return cluster
    return replace(
        cluster,
        version=version,
        status="ACTIVE",
        nodes_version="",
        standard_ends=found.standard_ends.get(version),
        extended_ends=found.extended_ends.get(version),
    )

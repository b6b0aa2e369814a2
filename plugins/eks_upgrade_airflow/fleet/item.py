"""What the mapped tasks of a ring get for each cluster, as JSON in the ring's list."""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.plan import ClusterPlan


@dataclass(frozen=True, kw_only=True)
class RingItem:
    """One cluster of a ring in this run.

    Attributes:
        cluster: as discovery has found it.
        plan: what the plan says of it.
        place: its place in the ring's order, from 0.
        at_once: how many of the ring may be at work at the same time.
        size: how many of the ring this run is about.
    """

    cluster: FleetCluster
    plan: ClusterPlan
    place: int
    at_once: int
    size: int

    def as_arguments(self) -> dict[str, Any]:
        """Arguments of the operators; `item` is no template, for tags may hold anything."""
        # The words of the plan stand in the plan of the run.
        brief = replace(self, plan=replace(self.plan, why="", urgent_because=""))
        return {
            "title": self.cluster.title,
            "cluster_name": self.cluster.name,
            "region_name": self.cluster.region,
            "aws_conn_id": self.cluster.aws_conn_id,
            "role_arn": self.cluster.role_arn,
            "item": _ITEMS.dump_python(brief, mode="json"),
        }

    @classmethod
    def from_json(cls, raw: Any) -> "RingItem":
        """Read the argument `item` back."""
        return _ITEMS.validate_python(raw)


_ITEMS = TypeAdapter(RingItem)

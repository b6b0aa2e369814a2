"""In which zones a group's new nodes come up. Pure.

EC2 Auto Scaling spreads a group's instances evenly over the zones of its subnets:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-availability-zone-balanced.html
So each zone gets as many as all get, and which zones get one more is not known before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.kube.volumes import ZONE
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed


@dataclass(frozen=True)
class Zoned:
    """A group's new nodes by zone.

    Attributes:
        nodes: the most favourable way in which they may come up; by the empty name where no zone
            is known.
        sure: how many each zone gets for certain.
    """

    nodes: Mapping[str, int]
    sure: int


def zones_of_group(group: str, seen: Seen, surveyed: Surveyed) -> tuple[str, ...]:
    """The zones of a group's subnets; where those are not known, of its present nodes."""
    subnets = seen.facts.surge.subnets if seen.facts.surge else {}
    own = seen.facts.node_groups[group].get("subnets") or ()
    found = {str(subnets.get(one, {}).get("AvailabilityZone", "")) for one in own}
    if not found or "" in found:
        nodes = surveyed.targets.values()
        found = {one.labels.get(ZONE, "") for one in nodes if one.node_group == group}
    return tuple(sorted(found)) if "" not in found else ("",)


def spread_over(zones: tuple[str, ...], nodes: int, wanted: Mapping[str, float]) -> Zoned:
    """The nodes by zone; those over go where most is wanted.

    Args:
        zones: in which the group may have nodes.
        nodes: how many it will have.
        wanted: by zone, how much of a node the pods take that can be nowhere else.
    """
    sure, over = divmod(nodes, max(len(zones), 1))
    first = sorted(zones, key=lambda zone: (sure - wanted.get(zone, 0.0), zone))[:over]
    return Zoned({zone: sure + (zone in first) for zone in zones}, sure)

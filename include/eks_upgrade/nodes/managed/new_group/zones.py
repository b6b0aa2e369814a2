"""The new node group against the old one, zone by zone. Pure.

EKS's own update of a group makes sure of a node in every zone before it takes one away; a new group
beside the old one has as many nodes, but where they come up is decided by its Auto Scaling group:
https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
A pod whose volume is in a zone without a new node has nowhere to go.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.volumes import ZONE_KEYS

Needed = Mapping[str, Sequence[str]]
"""By zone, the pods of the old group whose volumes can be mounted nowhere else."""


@dataclass(frozen=True)
class ZoneCounts:
    """How many nodes each zone has.

    Attributes:
        old: nodes of the old group that are not on their way out, by zone.
        new: usable nodes of the new group, by zone.
    """

    old: Mapping[str, int]
    new: Mapping[str, int]

    @property
    def missing(self) -> tuple[str, ...]:
        """Zones with old nodes and without a new one."""
        return tuple(zone for zone in sorted(self.old) if not self.new.get(zone))

    @property
    def text(self) -> str:
        """Both numbers of each zone where they differ; empty where all are equal."""
        differing = [
            f"{zone} {self.old.get(zone, 0)} -> {self.new.get(zone, 0)}"
            for zone in sorted({*self.old, *self.new})
            if self.old.get(zone, 0) != self.new.get(zone, 0)
        ]
        return f"nodes by zone, old -> new: {', '.join(differing)}" if differing else ""


def zone_of(node: Node) -> str:
    """The zone of a node, empty when its labels do not say it."""
    return next((node.labels[key] for key in sorted(ZONE_KEYS) if key in node.labels), "")


def count_zones(old: Sequence[Node], new: Sequence[Node]) -> ZoneCounts:
    """Count both groups' nodes; nodes without a zone count nowhere.

    Args:
        old: the old group's nodes.
        new: the new group's nodes that can take pods.
    """
    staying = (zone_of(node) for node in old if not node.deleting)
    return ZoneCounts(Counter(filter(None, staying)), Counter(filter(None, map(zone_of, new))))


def zone_outcome(
    counts: ZoneCounts, *, old: str, new: str, desired: int, needed: Needed
) -> Outcome:
    """Whether the new group's nodes are where the old ones are.

    What cannot come is not waited for: nodes that stand one to a zone are as spread as they can
    be, so another zone gets one only if the group grows.

    Args:
        counts: of both groups.
        old: name of the old group.
        new: name of the new one.
        desired: how many nodes the new group is to have.
        needed: see `Needed`; of the zones that are missing.
    """
    missing = counts.missing
    bound = [zone for zone in missing if needed.get(zone)]
    more_to_come = sum(counts.new.values()) < desired
    could_be_spread = max(counts.new.values(), default=0) > 1
    if bound and not more_to_come and not could_be_spread:
        return Failed(_unreachable(counts, bound, old=old, new=new, needed=needed))
    if bound or (missing and could_be_spread):
        return NotYet(_awaited(counts, missing, old=old, new=new, needed=needed))
    note = f"{counts.text}; no volume needs another zone" if missing else counts.text
    return Done(note)


def _awaited(
    counts: ZoneCounts, missing: Sequence[str], *, old: str, new: str, needed: Needed
) -> str:
    return (
        f"node group {new} has no Ready node in {first_few(missing)}, where {old} has some "
        f"({counts.text}){_consequence(missing, needed)}. If none comes, the activities of its "
        "Auto Scaling group say why (capacity in that zone, subnets, addresses). When that is put "
        f"right, or the group is made larger, repeat {Stage.NEW_NODES.title}; '{old}' is untouched"
    )


def _unreachable(
    counts: ZoneCounts, bound: Sequence[str], *, old: str, new: str, needed: Needed
) -> str:
    return (
        f"node group {new} has no node in {first_few(bound)}, where {old} has some "
        f"({counts.text}), and none will come by itself: its nodes stand in other zones, one in "
        f"each{_consequence(bound, needed)}. Raise the desired size of {new} in EKS until it has a "
        f"node there, then repeat {Stage.NEW_NODES.title}; a new run with extra_nodes would begin "
        f"so. '{old}' is untouched"
    )


def _consequence(zones: Sequence[str], needed: Needed) -> str:
    pods = [pod for zone in zones for pod in needed.get(zone, ())]
    if not pods:
        return ""
    return (
        f"; the volumes of {first_few(pods)} cannot leave the zone, their pods would stay Pending"
    )


def needed_zones(
    missing: Sequence[str], mounted: Mapping[str, Sequence[tuple[str, frozenset[str]]]]
) -> dict[str, list[str]]:
    """The pods of each missing zone that no other zone could take.

    Args:
        missing: the zones without a new node.
        mounted: by zone of the old node, `(pod, zones of one of its volumes)`; no zone: anywhere.
    """
    return {
        zone: sorted(
            {pod for pod, zones in mounted.get(zone, ()) if zones and zones <= frozenset(missing)}
        )
        for zone in missing
    }

"""How many nodes there will be for pods that will not share one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.pod_facts.placement import Placement
from include.eks_upgrade.planning.preflight.kubernetes.moving import nodes_wanted
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.new_nodes import Shape, shape_after
from include.eks_upgrade.planning.survey.surveyed import Surveyed

HOSTNAME = "kubernetes.io/hostname"


@dataclass(frozen=True)
class Places:
    """The nodes to come, and those that stay.

    Attributes:
        new: by old group, how many nodes replace its own.
        shapes: by old group, what its new nodes will be like.
        staying: nodes that stay and take pods.
    """

    new: Mapping[str, int]
    shapes: Mapping[str, tuple[Shape, ...]]
    staying: tuple[Node, ...] = ()

    def new_for(self, placement: Placement) -> int:
        """How many new nodes a pod may be put on."""
        return sum(
            count
            for group, count in self.new.items()
            if any(
                placement.selects(shape.name, dict(shape.labels))
                and placement.tolerates(shape.taints)
                for shape in self.shapes.get(group, ())
            )
        )

    def staying_for(self, placement: Placement) -> tuple[Node, ...]:
        """The nodes that stay and on which it may be put."""
        return tuple(
            node
            for node in self.staying
            if placement.selects(node.name, node.labels) and placement.tolerates(node.taints)
        )


def places_of(seen: Seen, surveyed: Surveyed) -> Places:
    """The places of a cluster whose groups have been replaced."""
    shapes: dict[str, dict[Shape, None]] = {}
    for node in surveyed.targets.values():
        group = node.node_group or ""
        shapes.setdefault(group, {})[shape_after(node, surveyed.groups[group])] = None
    return Places(
        {group: nodes_wanted(seen, group) for group in surveyed.groups},
        {group: tuple(found) for group, found in shapes.items()},
        tuple(
            node
            for node in surveyed.facts.nodes
            if node.name not in surveyed.targets and not node.unschedulable and not node.deleting
        ),
    )

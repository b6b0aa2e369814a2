"""Whether a pod finds a kind of node afterwards, and if not, what it asks for in vain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL, Node
from include.eks_upgrade.kube.pod_facts.placement import (
    NODE_NAME,
    Placement,
    requirement_text,
)
from include.eks_upgrade.kube.pod_facts.volumes import Volume
from include.eks_upgrade.planning.survey.new_nodes import (
    HOSTNAME,
    IMAGE,
    Shape,
    belongs_to_one_node,
)


class Fits(Enum):
    """What is known of a pod's place afterwards."""

    SURELY = "surely"
    PERHAPS = "perhaps"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a pod fits nowhere, the same for all pods that ask for the same.

    Attributes:
        asks: what it asks for, as the end of `asks for nodes with …`, or of its volumes.
        remedy: what to do.
    """

    asks: str
    remedy: str


class Fitter:
    """Judges pods against the nodes that there will be; the same question is answered once."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = [(shape, dict(shape.labels)) for shape in shapes]
        self._known: dict[tuple[Placement, tuple[Volume, ...]], Fits] = {}

    def fits(self, placement: Placement, volumes: tuple[Volume, ...] = ()) -> Fits:
        """Whether there will be a node for it."""
        key = placement, volumes
        if key not in self._known:
            self._known[key] = self._judge(placement, volumes)
        return self._known[key]

    def _judge(self, placement: Placement, volumes: Collection[Volume]) -> Fits:
        best = Fits.NOWHERE
        for shape, labels in self.shapes:
            if not _selected(placement, volumes, shape, labels):
                continue
            sure = {key: value for key, value in labels.items() if key not in shape.doubtful}
            if not shape.doubtful or _selected(placement, volumes, shape, sure):
                return Fits.SURELY
            best = Fits.PERHAPS
        return best


def _selected(
    placement: Placement, volumes: Collection[Volume], shape: Shape, labels: Mapping[str, str]
) -> bool:
    return (
        placement.selects(shape.name, labels)
        and placement.tolerates(shape.taints)
        and all(reaches(volume, shape.name, labels) for volume in volumes)
    )


def reaches(volume: Volume, name: str, labels: Mapping[str, str]) -> bool:
    """Whether a volume can be used on a node."""
    return volume.terms is None or any(term.selects(name, labels) for term in volume.terms)


def why_not_here(placement: Placement, node: Node, new: str) -> Reason:
    """What a pod asks for that the nodes after today's will not have.

    Args:
        placement: what it asks for.
        node: where it runs today.
        new: name of the group that replaces that node's.
    """
    asked = list(placement.requirements())
    by_key = {one.key: one for one in asked}
    for one in asked:
        if one.key == NODE_NAME or _names_a_node(one.key, one.values, node):
            return _NODE_REASON
    if NODE_GROUP_LABEL in by_key:
        return _group_reason(requirement_text(by_key[NODE_GROUP_LABEL]), new)
    if IMAGE in by_key:
        return _IMAGE_REASON
    texts = ", ".join(dict.fromkeys(map(requirement_text, asked))) or "taints that it tolerates"
    return Reason(
        f"nodes with {texts}, and there will be none",
        "give the node group these labels, or change what the pod template asks for",
    )


def _names_a_node(key: str, values: Collection[str], node: Node) -> bool:
    return any(belongs_to_one_node(key, value, node) for value in values) or key == HOSTNAME


def volumes_reason(volumes: Collection[Volume]) -> Reason:
    """That it is a volume which keeps a pod where it is."""
    kinds = ", ".join(sorted({volume.kind for volume in volumes if volume.kind})) or "volume"
    return Reason(
        f"a volume ({kinds}) that can be reached from its present node only",
        "move the data to a volume that is bound to no node (EBS, EFS); or, where the workload can"
        " build its data anew, delete the claim when its pod has left",
    )


_NODE_REASON = Reason(
    "one node by its name, which no new node will have",
    "ask for a label of the node group in place of the node's name",
)

_IMAGE_REASON = Reason(
    f"nodes of the present image by {IMAGE}, and the new ones have another",
    "take the image's id from what the pod template asks for",
)


def _group_reason(asked: str, new: str) -> Reason:
    return Reason(
        f"nodes with {asked}, and the new ones are of {new}",
        "ask for a label of the node group itself (those are copied), or for both groups: required"
        f" node affinity, key {NODE_GROUP_LABEL}, operator In, with the values of today and {new}",
    )

"""What the nodes will be like once the old groups are gone: those that stay, and the new ones.

A new node is taken to be like an old one of its group, in the same zone, but for what belongs to
one node or one group: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html and
https://kubernetes.io/docs/reference/labels-annotations-taints/.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL, Node
from include.eks_upgrade.planning.survey.surveyed import NewGroup, Surveyed

HOSTNAME = "kubernetes.io/hostname"
IMAGE = "eks.amazonaws.com/nodegroup-image"
TEMPLATES = (
    "eks.amazonaws.com/sourceLaunchTemplateId",
    "eks.amazonaws.com/sourceLaunchTemplateVersion",
)
"""Labels that EKS puts on nodes of a launch template; whether it is another one is seen later."""

UNKNOWN = "(new)"
"""Stands for a name that is not known yet. It is no value of a label, so nothing asks for it."""

WELL_KNOWN = (
    "kubernetes.io",
    "k8s.io",
    "amazonaws.com",
    "k8s.aws",
    "aws.com",
    "nvidia.com",
    "amd.com",
    "intel.com",
)
"""Domains of labels that a kubelet, EKS, a driver or a device plugin puts on each node."""

BY_HAND = "node-role.kubernetes.io"
"""A kubelet may not set these: somebody did, or a controller."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of node that there will be.

    Attributes:
        name: of the node; `UNKNOWN` for a new one.
        labels: as sorted pairs; those whose origin is not known are among them.
        taints: `(key, effect)`.
        doubtful: keys of labels that a new node may not have.
    """

    name: str
    labels: tuple[tuple[str, str], ...]
    taints: tuple[tuple[str, str], ...] = ()
    doubtful: frozenset[str] = frozenset()


def shapes_of(surveyed: Surveyed) -> tuple[Shape, ...]:
    """The kinds of nodes that pods may run on afterwards, each once; the new ones first."""
    new = [
        shape_after(node, surveyed.groups[node.node_group or ""])
        for node in surveyed.targets.values()
    ]
    stay = [
        Shape(node.name, _pairs(node.labels), tuple(filter(_lasts, node.taints)))
        for node in surveyed.facts.nodes
        if node.name not in surveyed.targets and not node.unschedulable
    ]
    return tuple(dict.fromkeys([*new, *stay]))


def belongs_to_one_node(key: str, value: str, node: Node) -> bool:
    """Whether a label says which node it is: by its name or by its instance's id.

    Drivers of local volumes have keys of their own for it (`topology.topolvm.io/node`, …).
    """
    names = {node.name, node.labels.get(HOSTNAME, node.name), node.instance_id or node.name}
    return key == HOSTNAME or value in names


def shape_after(node: Node, group: NewGroup) -> Shape:
    """The node that replaces an old one, as far as it is known."""
    labels = {
        key: UNKNOWN if belongs_to_one_node(key, value, node) else value
        for key, value in node.labels.items()
    }
    if IMAGE in labels:
        labels[IMAGE] = group.image_id or UNKNOWN
    labels |= group.labels
    labels[NODE_GROUP_LABEL] = group.name
    # Not the node's own taints: a fence or a kubelet in trouble may have put some there.
    return Shape(UNKNOWN, _pairs(labels), group.taints, _doubtful(labels, group))


def _doubtful(labels: Mapping[str, str], group: NewGroup) -> frozenset[str]:
    return frozenset(
        key for key in labels if key not in group.labels and not _comes_by_itself(key)
    ) | frozenset(key for key in TEMPLATES if key in labels)


def _comes_by_itself(key: str) -> bool:
    domain, slash, _ = key.rpartition("/")
    if not slash or domain == BY_HAND:
        return False
    return any(domain == known or domain.endswith(f".{known}") for known in WELL_KNOWN)


def _lasts(taint: tuple[str, str]) -> bool:
    """Whether a taint is meant to stay: Kubernetes itself taints a node that is in trouble."""
    return not taint[0].startswith("node.kubernetes.io/")


def _pairs(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))

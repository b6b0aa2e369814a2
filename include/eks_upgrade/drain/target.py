"""Which nodes a drain empties."""

from dataclasses import dataclass
from typing import Self

from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL, Node
from include.eks_upgrade.kube.selectors import parse_selector


@dataclass(frozen=True, kw_only=True)
class Target:
    """The nodes to empty: those a label selector finds, or those of these names.

    Attributes:
        title: how messages call it, such as `node group workers`.
        selector: label selector as the API server takes it; nodes that begin to match later
            belong to it as well.
        names: node names; used when there is no selector.
    """

    title: str
    selector: str = ""
    names: tuple[str, ...] = ()

    def includes(self, node: Node) -> bool:
        """Whether a node is to be emptied.

        Raises:
            Refused: the selector cannot be read.
        """
        if self.selector:
            return parse_selector(self.selector).selects(node.labels)
        return not self.names or node.name in self.names

    @classmethod
    def node_group(cls, name: str) -> Self:
        """All nodes of a managed node group, found by EKS's label."""
        return cls(title=f"node group {name}", selector=f"{NODE_GROUP_LABEL}={name}")

    @classmethod
    def labelled(cls, selector: str) -> Self:
        """All nodes that a label selector finds."""
        return cls(title=f"nodes with {selector}", selector=selector)

    @classmethod
    def named(cls, names: tuple[str, ...]) -> Self:
        """These nodes."""
        title = f"node {names[0]}" if len(names) == 1 else f"{len(names)} nodes"
        return cls(title=title, names=names)

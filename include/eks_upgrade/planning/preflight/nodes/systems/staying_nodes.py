"""Nodes whose system this run does not change. Pure."""

from collections.abc import Callable, Iterator

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.kube.readings.nodes.node_systems import NODE_SYSTEMS, NodeSystem
from include.eks_upgrade.nodes.other_kinds import Kind, kind_of
from include.eks_upgrade.planning.preflight.seen import Seen

_EKS_SEES_TO_IT = {Kind.FARGATE, Kind.AUTO_MODE}
"""Their system is EKS's own business: those of Fargate stay with cgroup v1, says EKS."""


def staying_nodes(
    seen: Seen, which: Callable[[NodeSystem], bool]
) -> Iterator[tuple[str, list[NodeSystem]]]:
    """Those of the nodes, with what they are called together: `node group a`, `hybrid nodes`.

    Left out are the nodes that this run replaces, those that run the target already, and those
    whose system is EKS's to choose.

    Raises:
        NotKnown: the nodes' systems were not read.
    """
    rolled = seen.rolled
    together: dict[str, list[NodeSystem]] = {}
    for node in seen.of(NODE_SYSTEMS):
        minor = read_minor(node.kubelet)
        done = minor is not None and minor >= seen.target
        where = "" if done or node.group in rolled else _where(node, seen)
        if where and which(node):
            together.setdefault(where, []).append(node)
    yield from sorted(together.items())


def present_nodes(seen: Seen, group: str, which: Callable[[NodeSystem], bool]) -> list[NodeSystem]:
    """Those of the nodes of a managed group.

    Raises:
        NotKnown: the nodes' systems were not read.
    """
    return [node for node in seen.of(NODE_SYSTEMS) if node.group == group and which(node)]


def told(nodes: list[NodeSystem], what: str) -> str:
    """`3 nodes run Amazon Linux 2 (ip-1, ip-2 and ip-3)`."""
    names = first_few(sorted(node.name for node in nodes))
    return f"{counted(len(nodes), 'node')} {agreeing(len(nodes), 'runs', 'run')} {what} ({names})"


def _where(node: NodeSystem, seen: Seen) -> str:
    if node.group is not None:
        return f"node group {node.group}"
    kind = kind_of(node.name, node.labels, node.provider_id, auto_mode=seen.facts.auto_mode)
    return "" if kind in _EKS_SEES_TO_IT else f"{kind} nodes"

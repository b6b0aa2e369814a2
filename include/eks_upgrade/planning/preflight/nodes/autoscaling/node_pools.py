"""Whether the nodes of Karpenter's and Auto Mode's pools will follow the control plane."""

from collections.abc import Iterator

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.readings.nodes.node_pools import (
    NODE_POOLS,
    POOL_LABEL,
    Images,
    NodePool,
)
from include.eks_upgrade.nodes.other_kinds import Kind, other_nodes
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

_POOLED = {Kind.KARPENTER, Kind.AUTO_MODE}


def _judge(seen: Seen) -> Iterator[Finding]:
    nodes = _nodes_of_pools(seen)
    if not nodes:
        return
    told = seen.of(NODE_POOLS)
    for pool in told.pools:
        if pool.name in nodes:
            images = told.classes.get(pool.node_class[1]) if _is_karpenters(pool) else None
            yield from _held(pool, nodes[pool.name])
            yield from _pinned(pool, images, nodes[pool.name], seen)


def _nodes_of_pools(seen: Seen) -> dict[str, list[str]]:
    """The nodes that are older than the target, by pool."""
    found: dict[str, list[str]] = {}
    for one in other_nodes(seen.target, seen.facts):
        for name in one.names if one.kind in _POOLED else ():
            pool = (seen.facts.loose_labels.get(name) or {}).get(POOL_LABEL)
            if pool:
                found.setdefault(pool, []).append(name)
    return found


def _is_karpenters(pool: NodePool) -> bool:
    return pool.node_class[0] == "EC2NodeClass"


def _held(pool: NodePool, nodes: list[str]) -> Iterator[Finding]:
    if pool.holds_drift:
        yield Finding(
            Severity.WARNS,
            f"node pool {pool.name}",
            f"a budget of it lets no drifted node go, at any time, so its {_them(nodes)} "
            f"{agreeing(len(nodes), 'stays', 'stay')} at the old version",
            "raise that budget after the upgrade, or delete the nodes one by one",
        )


def _pinned(
    pool: NodePool, images: Images | None, nodes: list[str], seen: Seen
) -> Iterator[Finding]:
    if images is None or images.follows:
        return
    subject, which = f"node pool {pool.name}", first_few(images.pinned)
    if images.fixed:
        yield Finding(
            Severity.WARNS,
            subject,
            f"its EC2NodeClass {pool.node_class[1]} names images by id ({which}), so its "
            f"{_them(nodes)} will not follow the control plane, and new ones start at the old "
            "version, too",
            f"name images of {seen.target} there once the control plane is at it, or an alias with "
            "@latest",
        )
    else:
        yield Finding(
            Severity.INFORMS,
            subject,
            f"its EC2NodeClass {pool.node_class[1]} selects images by {which}; whether its "
            f"{_them(nodes)} will follow the control plane depends on what that finds",
            f"see that it finds images of {seen.target}",
        )


def _them(nodes: list[str]) -> str:
    return counted(len(nodes), "node")


CHECK = Check(
    "node_pools",
    "Will the nodes of Karpenter's and Auto Mode's pools follow the control plane?",
    "https://karpenter.sh/docs/concepts/nodeclasses/; https://karpenter.sh/docs/concepts/disruption/;"
    " https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html",
    _judge,
)

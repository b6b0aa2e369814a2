"""Whether something may add nodes when pods find none. Pure."""

from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.kube.readings.components import CLUSTER_AUTOSCALER, COMPONENTS, KARPENTER
from include.eks_upgrade.kube.readings.nodes.node_pools import NODE_POOLS
from include.eks_upgrade.planning.preflight.seen import Seen


def may_add_nodes(seen: Seen) -> bool:
    """Whether Cluster Autoscaler, Karpenter or Auto Mode is there; in doubt it may be."""
    if (seen.facts.cluster.get("computeConfig") or {}).get("enabled"):
        return True
    try:
        parts = {one.part for one in seen.of(COMPONENTS)}
        return bool(parts & {CLUSTER_AUTOSCALER, KARPENTER}) or bool(seen.of(NODE_POOLS).pools)
    except NotKnown:
        return True

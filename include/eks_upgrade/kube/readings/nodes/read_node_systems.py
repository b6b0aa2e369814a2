"""Reading what nodes say of their systems. Changes nothing."""

from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.readings.nodes.node_systems import NodeSystem


async def read_node_systems(kube: KubeClient) -> tuple[NodeSystem, ...]:
    """Every node."""
    return tuple(await kube.objects("nodes", NodeSystem.from_raw))

"""Reading the node pools of Karpenter and Auto Mode. Changes nothing."""

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.readings.nodes.node_pools import Images, NodePool, NodePools


async def read_node_pools(kube: KubeClient) -> NodePools:
    """All of them; none in a cluster that does not know the kinds."""
    pools = await kube.objects("nodepools", NodePool.from_raw)
    classes = await kube.objects("ec2nodeclasses", _named)
    return NodePools(tuple(pools), dict(classes))


def _named(raw: Raw) -> tuple[str, Images]:
    return raw["metadata"]["name"], Images.from_raw(raw)

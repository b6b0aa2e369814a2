"""What is left on the nodes of an old group."""

import asyncio
from collections.abc import Collection, Iterable

from include.eks_upgrade.drain.filters import filter_pods
from include.eks_upgrade.drain.lost_nodes import ReadEnded, lost_among
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.workloads.workload import Workload

EVERYTHING = DrainOptions(
    ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True
)
"""Options under which every pod that can be evicted at all counts as evictable."""

NODE_LISTS_AT_ONCE = 8


def evictable(
    pods: Iterable[Pod], daemonsets: Collection[Workload], nodes: Collection[str]
) -> list[Pod]:
    """The pods on those nodes that a drain would move: neither static nor a DaemonSet's.

    Finished pods are left out: nothing of theirs runs any more.
    """
    filtered = filter_pods([pod for pod in pods if pod.node in nodes], daemonsets, EVERYTHING)
    return [f.pod for f in filtered if f.action != "stay" and not f.pod.finished]


async def living_nodes(
    client: KubeClient, node_group: str, ended: ReadEnded | None = None
) -> list[str]:
    """Names of a group's nodes, without those whose instance is terminated."""
    nodes = await client.nodes(node_group)
    lost = await lost_among(nodes, ended)
    return [node.name for node in nodes if node not in lost]


async def read_evictable(
    client: KubeClient, node_group: str, ended: ReadEnded | None = None
) -> list[Pod]:
    """The pods on a node group that a drain would have to move, as the API server has them now.

    Node by node: of a cluster's twenty thousand pods only those of the group are sent.

    Args:
        client: the cluster, opened.
        node_group: its name.
        ended: asks EC2 which instances are terminated; on their nodes nothing runs any more.
    """
    nodes = await living_nodes(client, node_group, ended)
    turn = asyncio.Semaphore(NODE_LISTS_AT_ONCE)

    async def on(node: str) -> list[Pod]:
        async with turn:
            return await client.pods(node)

    daemonsets = await client.daemonsets()
    listed = await asyncio.gather(*(on(node) for node in nodes))
    return evictable([pod for pods in listed for pod in pods], daemonsets, set(nodes))

"""Reading a cluster's facts: AWS's, the kubelets', and the pods that are to move."""

import asyncio
import os
from collections.abc import Collection, Sequence

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.reading import read_cluster_facts
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.pod_facts.model import PodFacts
from include.eks_upgrade.kube.pod_facts.read import read_pod_facts
from include.eks_upgrade.kube.rights.right import Right
from include.eks_upgrade.preflight.reached import Reached


def read_facts(address: Reached, clients: AwsClients) -> ClusterFacts:
    """Everything a plan judges; blocks.

    Raises:
        UpgradeError: as AWS and Kubernetes answered.
    """
    return with_kubelets(address, read_cluster_facts(clients, address.cluster))


def with_kubelets(address: Reached, facts: ClusterFacts) -> ClusterFacts:
    """The facts with what Kubernetes says about the nodes.

    Raises:
        UpgradeError: as Kubernetes answered.
    """
    if not facts.cluster.get("endpoint"):  # still being created: the plan refuses that itself
        return facts
    nodes = asyncio.run(read_nodes(address.access(dict(facts.cluster))))
    loose = [node for node in nodes if node.node_group is None]
    return facts.with_kubelets(
        {node.name: (node.kubelet_version, node.node_group) for node in nodes},
        {node.name: node.labels for node in loose},
        {node.name: node.provider_id for node in loose if node.provider_id},
    )


def read_pods(
    address: Reached,
    facts: ClusterFacts,
    groups: Collection[str],
    rights: Collection[Right],
    trial: Raw | None = None,
) -> PodFacts | None:
    """The pods of these node groups, for a survey; None without a group or an endpoint.

    Args:
        address: where the cluster is.
        facts: what is known of it.
        groups: names of managed node groups.
        rights: what the tasks to come need in the cluster.
        trial: a pod that one of them makes, to be tried without being made.

    Raises:
        UpgradeError: as Kubernetes answered.
    """
    if not groups or not facts.cluster.get("endpoint"):
        return None
    return asyncio.run(_read_pods(address.access(dict(facts.cluster)), groups, rights, trial))


async def _read_pods(
    access: ClusterAccess, groups: Collection[str], rights: Collection[Right], trial: Raw | None
) -> PodFacts:
    async with KubeClient(access) as kube:
        return await read_pod_facts(kube, groups, own_pod=own_pod(), rights=rights, trial=trial)


def own_pod() -> str:
    """Name of the pod in which this process runs; empty when it is in no cluster."""
    inside = os.environ.get("KUBERNETES_SERVICE_HOST")
    return os.environ.get("HOSTNAME", "") if inside else ""


async def read_nodes(access: ClusterAccess) -> Sequence[Node]:
    """Every node of the cluster."""
    async with KubeClient(access) as kube:
        return await kube.nodes()

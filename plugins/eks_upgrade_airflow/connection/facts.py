"""Reading a cluster's facts through an Airflow connection: AWS's and the kubelets'."""

import asyncio

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.reading import read_cluster_facts
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.client import KubeClient


def read_facts(address: ClusterAddress, clients: AwsClients | None = None) -> ClusterFacts:
    """Everything a plan or a verification judges; blocks, so triggers call it in a thread.

    Args:
        address: where the cluster is.
        clients: made already; by default made here.

    Raises:
        UpgradeError: as AWS and Kubernetes answered.
    """
    facts = read_cluster_facts(clients or address.clients(), address.cluster)
    if not facts.cluster.get("endpoint"):  # still being created: the plan refuses that itself
        return facts
    return facts.with_kubelets(asyncio.run(read_kubelets(address.access(dict(facts.cluster)))))


async def read_kubelets(access: ClusterAccess) -> dict[str, tuple[str, str | None]]:
    """Every node's kubelet version and node group label, by node name."""
    async with KubeClient(access) as kube:
        return {node.name: (node.kubelet_version, node.node_group) for node in await kube.nodes()}

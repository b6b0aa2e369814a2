"""What is looked at again right before something is taken away."""

from dataclasses import dataclass

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.outcome import Done
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.nodes.managed.readiness import enough_nodes, new_group_outcome
from include.eks_upgrade.verification import evictable


@dataclass(frozen=True)
class NewGroup:
    """The node group that takes the pods, and what it must show before.

    Attributes:
        name: of the node group.
        to_version: Kubernetes minor its kubelets must run (`1.26`).
        ready_percent: percent of its desired nodes that must be Ready.
    """

    name: str
    to_version: str
    ready_percent: int


async def check_new_group_ready(
    clients: AwsClients, access: ClusterAccess, cluster: str, *, old: str, new: NewGroup
) -> None:
    """See that the new node group can take the old one's pods.

    Args:
        clients: EKS is read.
        access: the cluster's Kubernetes API.
        cluster: name of the cluster.
        old: name of the old node group, which is left alone otherwise.
        new: the new node group.

    Raises:
        Refused: it is not there or not enough of its nodes are Ready; nothing was touched.
    """
    group = read_node_group(clients.eks, cluster, new.name)
    if group is None:
        outcome_message = "it does not exist"
    else:
        wanted = enough_nodes(int(group["scalingConfig"]["desiredSize"]), new.ready_percent)
        async with KubeClient(access) as kube:
            nodes = await kube.nodes(new.name)
        outcome = new_group_outcome(group, nodes, wanted=wanted, to_version=new.to_version)
        if isinstance(outcome, Done):
            return
        outcome_message = outcome.detail
    problem = Problem(
        f"new node group '{new.name}'",
        outcome_message,
        f"wait until its nodes are Ready (repeat {Stage.NEW_NODES.title}), then repeat this step",
    )
    raise Refused(f"node group '{old}' is left alone", [problem])


async def read_evictable_pods(access: ClusterAccess, node_group: str) -> list[str]:
    """Pods on a node group that a drain would have to move, as `namespace/name`."""
    async with KubeClient(access) as kube:
        nodes = {node.name for node in await kube.nodes(node_group)}
        left = evictable(await kube.pods(), await kube.daemonsets(), nodes)
    return [str(pod) for pod in left]

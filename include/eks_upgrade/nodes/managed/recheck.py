"""What is looked at again right before something is taken away."""

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.outcome import Done
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.nodes.managed.readiness import enough_nodes, new_group_outcome
from include.eks_upgrade.verification import evictable


async def check_new_group_ready(  # noqa: PLR0913 - two groups and what the new one must show
    clients: AwsClients,
    access: ClusterAccess,
    cluster: str,
    *,
    name: str,
    replacement: str,
    to_version: str,
    ready_percent: int,
) -> None:
    """See that the new node group can take the old one's pods.

    Args:
        clients: EKS is read.
        access: the cluster's Kubernetes API.
        cluster: name of the cluster.
        name: the old node group, which is left alone otherwise.
        replacement: the new node group.
        to_version: Kubernetes minor its kubelets must run (`1.26`).
        ready_percent: percent of the new group's desired nodes that must be Ready.

    Raises:
        Refused: it is not there or not enough of its nodes are Ready; nothing was touched.
    """
    group = read_node_group(clients.eks, cluster, replacement)
    if group is None:
        outcome_message = "it does not exist"
    else:
        wanted = enough_nodes(int(group["scalingConfig"]["desiredSize"]), ready_percent)
        async with KubeClient(access) as kube:
            nodes = await kube.nodes(replacement)
        outcome = new_group_outcome(group, nodes, wanted=wanted, to_version=to_version)
        if isinstance(outcome, Done):
            return
        outcome_message = outcome.detail
    problem = Problem(
        f"new node group '{replacement}'",
        outcome_message,
        f"wait until its nodes are Ready (repeat {Stage.NEW_NODES.title}), then repeat this step",
    )
    raise Refused(f"node group '{name}' is left alone", [problem])


async def read_evictable_pods(access: ClusterAccess, node_group: str) -> list[str]:
    """Pods on a node group that a drain would have to move, as `namespace/name`."""
    async with KubeClient(access) as kube:
        nodes = {node.name for node in await kube.nodes(node_group)}
        left = evictable(await kube.pods(), await kube.daemonsets(), nodes)
    return [str(pod) for pod in left]

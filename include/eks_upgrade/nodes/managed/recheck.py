"""What is looked at again right before something is taken away."""

from collections.abc import Collection
from dataclasses import dataclass

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.ended_instances import read_ended
from include.eks_upgrade.aws.facts import status_text
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.outcome import Failed, Outcome
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.nodes.managed.new_group.compare_zones import look_at_nodes
from include.eks_upgrade.nodes.managed.new_group.readiness import enough_nodes
from include.eks_upgrade.verification.old_nodes import read_evictable


@dataclass(frozen=True)
class NewGroup:
    """The node group that takes the pods, and what it must show before.

    Attributes:
        name: of the node group.
        to_version: Kubernetes minor its kubelets must run (`1.26`).
        ready_percent: percent of its desired nodes that must be Ready.
        zones_of: the old group in whose zones it must have nodes; empty: zones are not compared.
            Only before the fence: later there are fewer old nodes, or none.
    """

    name: str
    to_version: str
    ready_percent: int
    zones_of: str = ""


@dataclass(frozen=True)
class NewGroupLook:
    """Whether the new group can take pods, and how many of its nodes must be Ready for that.

    `unwell` is its status with EKS's health issues where it is DEGRADED, else empty; `group` what
    DescribeNodegroup showed, None when there is none.
    """

    outcome: Outcome
    wanted: int = 0
    unwell: str = ""
    group: RawDict | None = None


async def look_at_new_group(
    clients: AwsClients, access: ClusterAccess, cluster: str, new: NewGroup
) -> NewGroupLook:
    """See whether the new node group can take the old one's pods.

    It is "not yet" while a node is being replaced or EKS is at work on the group: that passes,
    and is no reason to end a run.

    Args:
        clients: EKS is read.
        access: the cluster's Kubernetes API.
        cluster: name of the cluster.
        new: the new node group.
    """
    group = read_node_group(clients.eks, cluster, new.name)
    if group is None:
        return NewGroupLook(Failed("it does not exist"))
    wanted = enough_nodes(int(group["scalingConfig"]["desiredSize"]), new.ready_percent)
    async with KubeClient(access) as kube:
        outcome = await look_at_nodes(
            kube, group, wanted=wanted, to_version=new.to_version, old=new.zones_of
        )
    unwell = status_text(group) if group.get("status") == "DEGRADED" else ""
    return NewGroupLook(outcome, wanted, unwell, group)


def new_group_refusal(old: str, new: str, why: str) -> Refused:
    """The refusal to touch the old node group, because the new one cannot take its pods."""
    problem = Problem(
        f"new node group '{new}'",
        why,
        f"wait until its nodes are Ready (repeat {Stage.NEW_NODES.title}), then repeat this step",
    )
    return Refused(f"node group '{old}' is left alone", [problem])


async def read_evictable_pods(
    clients: AwsClients, access: ClusterAccess, node_group: str
) -> list[str]:
    """Pods on a node group that a drain would have to move, as `namespace/name`.

    Those of nodes whose instance is terminated are left out, as a drain leaves them out.
    """

    async def ended(ids: Collection[str]) -> frozenset[str]:
        return read_ended(clients.ec2, ids)

    async with KubeClient(access) as kube:
        return [str(pod) for pod in await read_evictable(kube, node_group, ended)]

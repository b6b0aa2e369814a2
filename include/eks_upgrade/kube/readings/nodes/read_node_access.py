"""Reading what lets EKS and its nodes into the cluster. Changes nothing."""

from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.readings.nodes.node_access import NODE_MANAGER, ManagerAccess


async def read_manager_access(kube: KubeClient) -> ManagerAccess:
    """Each by its name, so that nothing else of the cluster's roles need be readable."""
    return ManagerAccess(
        await kube.named("clusterroles", NODE_MANAGER),
        await kube.named("clusterrolebindings", NODE_MANAGER),
    )


async def read_aws_auth(kube: KubeClient) -> str | None:
    """The roles alone: users and accounts in it are no business of an upgrade."""
    found = await kube.named("configmaps", "aws-auth", "kube-system")
    return None if found is None else str((found.get("data") or {}).get("mapRoles") or "")

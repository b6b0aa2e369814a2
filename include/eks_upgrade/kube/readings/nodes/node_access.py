"""What lets EKS and its nodes into the cluster, as it was read for the preflight. Pure."""

from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

NODE_MANAGER = "eks:node-manager"
"""The user as whom EKS manages nodes of managed groups, and the name of its role and binding."""


@dataclass(frozen=True)
class ManagerAccess:
    """The raw ClusterRole and ClusterRoleBinding of that name; None for one that is not there."""

    role: Raw | None
    binding: Raw | None


MANAGER_ACCESS: Reading[ManagerAccess] = Reading(
    "eks_node_manager",
    f"the ClusterRole and ClusterRoleBinding {NODE_MANAGER}",
    ("get clusterroles", "get clusterrolebindings"),
)

AWS_AUTH: Reading[str | None] = Reading("aws_auth", "the ConfigMap aws-auth", ("get configmaps",))
"""Its text `mapRoles`, empty when it has none; None when there is no such ConfigMap."""

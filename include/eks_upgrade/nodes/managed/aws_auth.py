"""What the deletion of a node group takes from other nodes: their role's line in aws-auth. Pure.

EKS takes a role out of the ConfigMap aws-auth with the last managed node group that has it, and
self-managed nodes of that role go NotReady:
https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html. The new group has
the old one's role and so protects it, unless it has gone, or there is none.
"""

from collections.abc import Iterable, Mapping

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.objects import Node

_COMPUTE, _FARGATE = "eks.amazonaws.com/compute-type", "fargate"


def uses_config_map(cluster: Raw) -> bool:
    """Whether aws-auth says who may join; a cluster that does not say so is an old one."""
    return (cluster.get("accessConfig") or {}).get("authenticationMode") != "API"


def is_last_with_role(name: str, groups: Mapping[str, Raw]) -> bool:
    """Whether no other node group that stays has the role of this one."""
    role = (groups.get(name) or {}).get("nodeRole")
    return not any(
        other != name and raw.get("nodeRole") == role and raw.get("status") != "DELETING"
        for other, raw in groups.items()
    )


def role_warning(name: str, role: str, nodes: Iterable[Node]) -> str:
    """What becomes of nodes that are in no managed group; empty when there are none.

    Which role they have, AWS tells only to who may read instance profiles; so it is a warning.
    """
    others = [
        node.name
        for node in nodes
        if node.node_group is None and node.labels.get(_COMPUTE) != _FARGATE
    ]
    if not others:
        return ""
    return (
        f"node group {name} is the last one with the role {role}, and EKS takes that role out of "
        f"the ConfigMap aws-auth with it: nodes of no managed group that have it, too, go NotReady "
        f"(there are {first_few(sorted(others))}). Give the role an access entry of the type "
        "EC2_LINUX, or its line in aws-auth again"
    )

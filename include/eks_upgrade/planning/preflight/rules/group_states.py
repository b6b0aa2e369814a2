"""What a person is told about a node group that is not well and is replaced all the same. Pure.

Only what a call needs is demanded. CreateNodegroup, for the new group, asks nothing of the old
one. UpdateNodegroupConfig, for the fence, is taken while the group is ACTIVE; of DEGRADED groups
both is told (https://github.com/aws/containers-roadmap/issues/2204 and 2326), so it is tried, and
`nodes/managed/fence.py` goes on without it. DeleteNodegroup is taken in every state.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.facts import ClusterFacts, health_text

_WITHOUT_FENCE = "its nodes are cordoned, also those that still join"


def state_warnings(name: str, replacement: str, facts: ClusterFacts) -> Iterator[str]:
    """Sentences about an old node group and about the new one, where that stands already."""
    group, standing = facts.node_groups[name], facts.node_groups.get(replacement)
    health = health_text(group) or "EKS names no health issue"
    if group.get("status") == "DEGRADED":
        yield (
            f"node group {name} is DEGRADED ({health}). It is replaced all the same; a new group "
            f"may meet the same. If EKS takes no taint and no cap of it, {_WITHOUT_FENCE}"
        )
    if group.get("status") == "CREATE_FAILED":
        yield (
            f"node group {name} is CREATE_FAILED ({health}), but has nodes. It is replaced all the "
            "same, if EKS can create a group of its kind now. EKS takes no taint and no cap of it: "
            f"{_WITHOUT_FENCE}"
        )
    if standing is not None and standing.get("status") == "DEGRADED":
        health = health_text(standing) or "EKS names no health issue"
        yield (
            f"node group {replacement}, which is there already, is DEGRADED ({health}); what "
            "counts is whether its nodes are Ready"
        )

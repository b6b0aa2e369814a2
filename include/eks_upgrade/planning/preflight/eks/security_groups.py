"""Whether the security groups that the cluster was made with are still there. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.aws.readings.cluster_surroundings import SECURITY_GROUPS
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.target import control_plane_needed
from include.eks_upgrade.planning.preflight.seen import Seen

_REMEDY = (
    "give the cluster security groups that exist (aws eks update-cluster-config "
    "--resources-vpc-config securityGroupIds=…), before its version is updated"
)
_OWN_REMEDY = (
    "EKS made it with the cluster, and no call makes it anew: ask AWS support before the update"
)


def _judge(seen: Seen) -> Iterator[Finding]:
    network = seen.facts.cluster.get("resourcesVpcConfig") or {}
    own = str(network.get("clusterSecurityGroupId") or "")
    wanted = dict.fromkeys([*(network.get("securityGroupIds") or ()), *([own] if own else [])])
    if not wanted or not control_plane_needed(seen.target, seen.facts):
        return
    there = seen.of(SECURITY_GROUPS)
    for name in wanted:
        if name not in there:
            yield Finding(
                Severity.BLOCKS,
                f"security group {name}",
                "EC2 does not know it (any more), and EKS puts the new control plane's network "
                "interfaces into it: the update fails with SecurityGroupNotFound",
                _OWN_REMEDY if name == own else _REMEDY,
            )


CHECK = Check(
    "security_groups",
    "Do the security groups of the control plane exist?",
    "https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html and, for the error, "
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_ErrorDetail.html",
    _judge,
)

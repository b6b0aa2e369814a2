"""Nodes that no managed node group stands behind: how many, of which kind, and whose work it is."""

from collections.abc import Iterator

from include.eks_upgrade.nodes.other_kinds import Kind, other_nodes
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

_BY_THEMSELVES = {Kind.AUTO_MODE, Kind.KARPENTER}


def _judge(seen: Seen) -> Iterator[Finding]:
    found = other_nodes(seen.target, seen.facts)
    for one in found:
        severity = Severity.INFORMS if one.kind in _BY_THEMSELVES else Severity.WARNS
        yield Finding(severity, f"{one.kind} nodes", one.what, one.to_do(seen.target))
    if seen.facts.auto_mode and Kind.AUTO_MODE not in {one.kind for one in found}:
        yield Finding(
            Severity.INFORMS,
            "EKS Auto Mode",
            f"it is on, and no node of it is older than {seen.target} now",
            "",
        )


CHECK = Check(
    "other_kinds_of_nodes",
    "Which nodes does this run leave alone, and what has to be done about them?",
    "https://docs.aws.amazon.com/eks/latest/userguide/eks-compute.html; labels and providerID as in"
    " https://github.com/kubernetes-sigs/karpenter, https://github.com/aws/eks-hybrid and "
    "https://github.com/eksctl-io/eksctl, read in August 2026",
    _judge,
)

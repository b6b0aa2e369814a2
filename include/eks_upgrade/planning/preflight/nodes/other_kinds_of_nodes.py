"""Nodes that no managed node group stands behind."""

from collections.abc import Iterator

from include.eks_upgrade.nodes.other_kinds import other_compute_warnings
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import warning
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if not seen.target_refused:
        told = other_compute_warnings(seen.target, seen.facts)
        yield from warning("nodes outside managed node groups", told)


CHECK = Check(
    "other_kinds_of_nodes",
    "Which nodes does this run leave alone, and what has to be done about them?",
    "https://docs.aws.amazon.com/eks/latest/userguide/eks-compute.html",
    _judge,
)

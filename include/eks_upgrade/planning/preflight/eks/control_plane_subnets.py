"""The subnets that a new control plane takes addresses in."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.cluster import subnet_problems, subnet_warnings
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.moves_control_plane and seen.facts.running_update() is None:
        yield from blocking(subnet_problems(seen.facts))
    if seen.facts.present < seen.target and not seen.target_refused:
        yield from warning("subnets of the cluster", subnet_warnings(seen.facts))


CHECK = Check(
    "control_plane_subnets",
    "Do the subnets of the cluster have addresses for a new control plane?",
    "https://github.com/aws/containers-roadmap/issues/1693",
    _judge,
)

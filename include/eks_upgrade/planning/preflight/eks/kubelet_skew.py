"""Kubelets that would trail the new control plane too far."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.cluster import skew_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.moves_control_plane:
        yield from blocking(skew_problems(seen.target, seen.facts))


CHECK = Check(
    "kubelet_skew",
    "Would a kubelet trail the new control plane too far?",
    "https://kubernetes.io/releases/version-skew-policy/",
    _judge,
    may_be_waived=False,
)

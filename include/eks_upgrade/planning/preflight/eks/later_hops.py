"""What is known to stop a later hop, on a way over several minors."""

from collections.abc import Iterator

from include.eks_upgrade.planning.foresee import foreseen
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.rules.hops import hops_of
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target_refused:
        return
    hops = hops_of(seen.request, seen.target, seen.facts)
    yield from blocking(hops.problems)
    yield from warning("the pods", foreseen(seen.request, seen.facts, hops, seen.pods_later))


CHECK = Check(
    "later_hops",
    "Is something known that would stop a later hop?",
    "https://kubernetes.io/releases/version-skew-policy/ for nodes and kube-proxy, "
    "DescribeAddonVersions for add-ons",
    _judge,
    may_be_waived=False,
)

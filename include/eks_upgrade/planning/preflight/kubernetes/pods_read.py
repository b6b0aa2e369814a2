"""Whether the pods, and what decides about them, could be read."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking, warning
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.pods is not None and seen.rolled:
        yield from blocking(seen.pods.refused)
        yield from warning("the pods", seen.pods.unknown)


CHECK = Check(
    "pods_read",
    "Could the pods on the nodes that go be read, and what decides about them?",
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/",
    _judge,
    may_be_waived=False,
)

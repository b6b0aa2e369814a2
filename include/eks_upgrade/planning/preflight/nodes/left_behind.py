"""Node groups that the parameters do not choose."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import warning
from include.eks_upgrade.planning.preflight.rules.groups import left_behind
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if not seen.target_refused:
        yield from warning("node groups", left_behind(seen.request, seen.target, seen.facts))


CHECK = Check(
    "left_behind",
    "Do node groups stay at an older minor because they are not chosen?",
    "https://kubernetes.io/releases/version-skew-policy/",
    _judge,
)

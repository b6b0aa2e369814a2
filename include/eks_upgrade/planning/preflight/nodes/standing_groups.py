"""New groups that an earlier run left, and their minor."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.new_groups.launch_template import (
    standing_problems,
)
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(standing_problems(seen.new_names, seen.target, seen.facts))


CHECK = Check(
    "standing_groups",
    "Do new groups that stand already run the target's minor?",
    "docs/reliability.md",
    _judge,
    may_be_waived=False,
)

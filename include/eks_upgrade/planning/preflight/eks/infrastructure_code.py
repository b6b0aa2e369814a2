"""Tools that made the cluster or its groups, and their next apply."""

from collections.abc import Iterator

from include.eks_upgrade.planning.infrastructure_code import infrastructure_warnings
from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import warning
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.target_refused:
        return
    version = str(seen.target) if seen.moves_control_plane else ""
    told = infrastructure_warnings(seen.new_names, seen.facts, version=version)
    yield from warning("infrastructure as code", told)


CHECK = Check(
    "infrastructure_code",
    "Would a tool's next apply undo what the run does?",
    "docs/infrastructure-as-code.md",
    _judge,
)

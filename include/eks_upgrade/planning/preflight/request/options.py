"""Parameters that contradict one another or themselves."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.options import option_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(option_problems(seen.request))


CHECK = Check(
    "options",
    "Do the parameters of the run contradict one another?",
    "docs/parameters.md",
    _judge,
    may_be_waived=False,
)

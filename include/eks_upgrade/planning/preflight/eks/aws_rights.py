"""Rights in AWS that the tasks to come need."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.aws_rights.coming import denied_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from blocking(denied_problems(seen.facts.denied))


CHECK = Check(
    "aws_rights",
    "May the caller do in AWS all that the run will do?",
    "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html",
    _judge,
)

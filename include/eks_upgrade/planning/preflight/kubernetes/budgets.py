"""Disruption budgets that never allow what the drain will ask."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.budgets import budgets_in_the_way


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from of_survey(budgets_in_the_way(seen.surveyed))


CHECK = Check(
    "budgets",
    "Can every disruption budget allow what the drain will ask of it?",
    "https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/disruption/disruption.go",
    _judge,
)

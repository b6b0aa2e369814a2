"""Workloads that miss pods while they are moved."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.away import workloads_away


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from of_survey(workloads_away(seen.surveyed))


CHECK = Check(
    "workloads_away",
    "Which workloads are away while their pods are moved?",
    "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
    _judge,
)

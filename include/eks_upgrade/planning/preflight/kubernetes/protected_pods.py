"""Pods whose owners ask not to be disturbed."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.protected import protected_pods


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from of_survey(protected_pods(seen.surveyed))


CHECK = Check(
    "protected_pods",
    "Which pods ask autoscalers not to disturb them?",
    "https://karpenter.sh/docs/concepts/disruption/",
    _judge,
)

"""Pods that are bound to what goes away."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.stranded import stranded_pods


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from of_survey(stranded_pods(seen.surveyed))


CHECK = Check(
    "stranded_pods",
    "Will every pod find a node after the drain?",
    "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
    _judge,
)

"""Pods that the drain will refuse to evict with these options."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.refusals import drain_refusals


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from of_survey(drain_refusals(seen.surveyed))


CHECK = Check(
    "pods_that_stay",
    "Would the drain refuse to evict pods, with these options?",
    "https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/",
    _judge,
    may_be_waived=False,
)

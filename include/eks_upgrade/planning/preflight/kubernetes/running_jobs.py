"""Jobs that run on nodes that go, and whether they survive it."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.jobs import running_jobs


def _judge(seen: Seen) -> Iterator[Finding]:
    yield from of_survey(running_jobs(seen.surveyed))


CHECK = Check(
    "running_jobs",
    "Which Jobs run on the nodes that go, and would an eviction fail them?",
    "https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy",
    _judge,
)

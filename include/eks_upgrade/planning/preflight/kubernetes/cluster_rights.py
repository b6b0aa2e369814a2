"""Rights inside the cluster that the tasks to come need."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import blocking
from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import missing_problems
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.pods is not None and seen.rolled:
        yield from blocking(missing_problems(seen.pods.missing))


CHECK = Check(
    "cluster_rights",
    "May the caller do in the cluster all that the run will do?",
    "https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/",
    _judge,
)

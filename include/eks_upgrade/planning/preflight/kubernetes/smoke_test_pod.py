"""The pod of the smoke test, which is run when the control plane is done."""

from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Check, Finding
from include.eks_upgrade.planning.preflight.from_rules import of_survey
from include.eks_upgrade.planning.preflight.rules.smoke_test_pod import smoke_test_findings
from include.eks_upgrade.planning.preflight.seen import Seen


def _judge(seen: Seen) -> Iterator[Finding]:
    if seen.pods is not None and seen.rolled:
        yield from of_survey(smoke_test_findings(seen.request, seen.pods.trial, seen.pods.missing))


CHECK = Check(
    "smoke_test_pod",
    "Would Kubernetes take the pod of the smoke test?",
    "https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run",
    _judge,
)

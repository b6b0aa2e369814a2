"""APIs of the cluster that do not answer. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.kube.readings.api.api_services import API_SERVICES, ApiService
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each APIService that is not available."""
    down = (_finding(one) for one in seen.of(API_SERVICES) if one.available is False)
    yield from capped_findings(down, "APIServices")


def _finding(one: ApiService) -> Finding:
    said = f": {unstopped(one.message or one.reason)}" if one.message or one.reason else ""
    service = f" (Service {one.service})" if one.service else ""
    what = (
        f"the API is not available{service}{said}. Discovery answers in part, namespaces cannot be"
        " deleted, and autoscaling by its metrics stands still"
    )
    behind = f"bring Service {one.service} up" if one.service else "see why it does not answer"
    remedy = f"{behind}; if nobody needs it any more: kubectl delete apiservice {one.name}"
    return Finding(Severity.WARNS, f"APIService {one.name}", what, remedy)


CHECK = Check(
    "api_services",
    "Does every API that a Service of the cluster serves answer?",
    "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/",
    judge,
)

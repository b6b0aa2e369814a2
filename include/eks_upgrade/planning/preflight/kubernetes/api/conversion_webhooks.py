"""Custom resources that cannot be read because nobody converts them. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.kube.readings.api.conversions import CONVERSIONS, Conversion
from include.eks_upgrade.kube.readings.api.services import Backend
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each definition whose conversion webhook has no endpoint."""
    found = seen.of(CONVERSIONS)
    silent = (
        _finding(one)
        for one in found.all
        if one.needed
        and one.service is not None
        and not found.backends.get(one.service, Backend()).ready
    )
    yield from capped_findings(silent, "definitions")


def _finding(one: Conversion) -> Finding:
    versions = ", ".join(sorted(one.versions))
    what = (
        f"its objects are converted between {versions} by Service {one.service}, which has no"
        " endpoint that is ready: nobody can read them, and the garbage collector of a new control"
        " plane may not begin because of it, so that pods of deleted workloads stay"
    )
    remedy = (
        f"bring the pods behind Service {one.service} up; or, if its operator is gone, delete the"
        f" CustomResourceDefinition {one.name}"
    )
    return Finding(Severity.WARNS, f"definition {one.name}", what, remedy)


CHECK = Check(
    "conversion_webhooks",
    "Can every kind of custom resource be read?",
    "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/"
    "custom-resource-definition-versioning/#webhook-conversion and"
    " https://github.com/kubernetes/kubernetes/issues/101078",
    judge,
)

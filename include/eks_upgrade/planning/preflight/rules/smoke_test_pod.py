"""The pod of the smoke test, tried while nothing is changed yet."""

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.kube.errors import Answer
from include.eks_upgrade.kube.rights.right import Right
from include.eks_upgrade.planning.survey.findings import Findings
from include.eks_upgrade.request import UpgradeRequest
from include.eks_upgrade.verification.trial_pod import judge_trial, trial_pod

REMEDY = "put that right in the cluster, or change smoke_test_… parameters; empty, none is run"


def smoke_test_pod(request: UpgradeRequest) -> RawDict | None:
    """The pod as it is tried; None: no smoke test is wanted."""
    if not request.smoke_test_image:
        return None
    return trial_pod(
        request.smoke_test_image,
        request.smoke_test_command,
        request.smoke_test_namespace,
        request.smoke_test_service_account,
        minutes=request.limits.smoke_test_minutes,
    )


def smoke_test_findings(
    request: UpgradeRequest, answer: Answer | None, missing: tuple[Right, ...] = ()
) -> Findings:
    """Why the smoke test would fail in mid-run, behind the control plane.

    Args:
        request: with the parameters of the test.
        answer: of the API server to its dry run; None: it was not asked.
        missing: rights that the caller lacks, of which the plan tells by itself.
    """
    if answer is None or any(one.resource == "pods" and one.verb == "create" for one in missing):
        return Findings()
    tried = judge_trial(answer)
    subject = f"smoke test in namespace '{request.smoke_test_namespace}'"
    problems = [Problem(subject, tried.refused, REMEDY)] if tried.refused else []
    warnings = [f"{subject}: {tried.unknown}"] if tried.unknown else []
    return Findings(tuple(problems), tuple(warnings))

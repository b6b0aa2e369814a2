"""The pod of the smoke test is tried by the plan, and judged by what Kubernetes says to it."""

import pytest

from include.eks_upgrade.kube.errors import Answer
from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import rights_for_pod
from include.eks_upgrade.planning.preflight.rules.smoke_test_pod import (
    smoke_test_findings,
    smoke_test_pod,
)
from include.eks_upgrade.request import Limits, UpgradeRequest

TESTED = UpgradeRequest(
    cluster="shop",
    smoke_test_image="registry.example.com/test:1",
    smoke_test_command=("/test", "--all"),
    smoke_test_namespace="probes",
    smoke_test_service_account="probe",
    limits=Limits(smoke_test_minutes=5.0),
)


def said(status: int, message: str, **more: object) -> Answer:
    return Answer(status, {"kind": "Status", "message": message, **more})


ANSWERS = [
    pytest.param(Answer(201, {"kind": "Pod"}), [], [], id="taken"),
    pytest.param(None, [], [], id="not asked"),
    pytest.param(
        said(404, 'namespaces "probes" not found', reason="NotFound"),
        ['Kubernetes would refuse it (404): namespaces "probes" not found'],
        [],
        id="no such namespace",
    ),
    pytest.param(
        said(403, 'pods "x" is forbidden: exceeded quota: pods', reason="Forbidden"),
        ['Kubernetes would refuse it (403): pods "x" is forbidden: exceeded quota: pods'],
        [],
        id="a quota",
    ),
    pytest.param(
        said(422, 'Pod "x" is invalid: spec.serviceAccountName', reason="Invalid"),
        ['Kubernetes would refuse it (422): Pod "x" is invalid: spec.serviceAccountName'],
        [],
        id="no such pod can be",
    ),
    pytest.param(
        said(400, "admission webhook does not support dry run", reason="BadRequest"),
        [],
        ["(400): admission webhook does not support dry run"],
        id="a webhook with side effects",
    ),
    pytest.param(
        said(429, "too many requests", reason="TooManyRequests"),
        [],
        ["(429): too many requests"],
        id="too many requests",
    ),
    pytest.param(
        said(500, "the webhook did not answer", reason="InternalError"),
        [],
        ["(500): the webhook did not answer"],
        id="a webhook that is away",
    ),
    pytest.param(
        Answer(403, text="<html><title>Access denied</title></html>"),
        [],
        ["(403): an HTML page titled 'Access denied'"],
        id="a page of a proxy",
    ),
]


@pytest.mark.parametrize(("answer", "problems", "warnings"), ANSWERS)
def test_what_kubernetes_would_refuse_later_is_a_problem_and_what_was_not_seen_a_warning(
    answer: Answer | None, problems: list[str], warnings: list[str]
) -> None:
    found = smoke_test_findings(TESTED, answer)
    assert [one.what for one in found.problems] == problems
    subject = "smoke test in namespace 'probes'"
    assert {one.subject for one in found.problems} <= {subject}
    seen = f"{subject}: whether it may be run was not seen, by the answer to a trial "
    assert list(found.warnings) == [f"{seen}{one}" for one in warnings]


def test_rights_that_are_missing_are_told_once() -> None:
    forbidden = said(403, "pods is forbidden: User cannot create", reason="Forbidden")
    missing = rights_for_pod("probes", "for the smoke test")
    assert smoke_test_findings(TESTED, forbidden).problems
    assert not smoke_test_findings(TESTED, forbidden, missing).problems


def test_the_pod_that_is_tried_is_the_one_that_the_parameters_describe() -> None:
    tried = smoke_test_pod(TESTED)
    assert tried is not None
    assert tried["metadata"]["namespace"] == "probes"
    assert tried["spec"]["serviceAccountName"] == "probe"
    # A quota may count only pods that have an end, or only those that have none.
    assert tried["spec"]["activeDeadlineSeconds"] == 300
    (container,) = tried["spec"]["containers"]
    assert (container["image"], container["command"]) == (
        "registry.example.com/test:1",
        ["/test", "--all"],
    )


def test_without_an_image_nothing_is_tried() -> None:
    assert smoke_test_pod(UpgradeRequest(cluster="shop", smoke_test_namespace="probes")) is None

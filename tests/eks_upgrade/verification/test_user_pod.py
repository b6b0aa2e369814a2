"""A pod of the user's: what it may be, and how far it is."""

from typing import Any

import pytest

from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.verification.user_pod import (
    image_problem,
    namespace_problem,
    pod_outcome,
    service_account_problem,
)


def pod(phase: str, state: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    containers = [{"name": "base", "state": state}] if state else []
    injected = {"name": "istio-proxy", "state": {"running": {}}}
    return {"status": {"phase": phase, "containerStatuses": [injected, *containers], **status}}


def ended(code: int, **more: str) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, **more}}


NO_NODE = {
    "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes",
}  # fmt: skip
TABLE = [
    pytest.param(pod("Succeeded", ended(0)), Done, "exit code 0", id="passed"),
    pytest.param(pod("Running", ended(0)), Done, "exit code 0", id="beside a sidecar that runs"),
    pytest.param(pod("Succeeded"), Done, "succeeded", id="no container is told"),
    pytest.param(pod("Failed", ended(2, reason="Error")), Failed, "code 2 (Error)", id="failed"),
    pytest.param(pod("Failed", ended(137, reason="OOMKilled")), Failed, "OOMKilled", id="memory"),
    pytest.param(
        pod("Failed", reason="DeadlineExceeded", message="too long"), Failed,
        "DeadlineExceeded: too long", id="Kubernetes ended it",
    ),
    pytest.param(pod("Failed", reason="Evicted"), Failed, "Evicted", id="evicted"),
    pytest.param(None, Failed, "not there any more", id="deleted by somebody"),
    pytest.param(pod("Running", {"running": {}}), NotYet, "Running", id="at work"),
    pytest.param(pod("Pending"), NotYet, "Pending", id="not started"),
    pytest.param(
        pod("Pending", {"waiting": {"reason": "ImagePullBackOff"}}), NotYet, "ImagePullBackOff",
        id="no image",
    ),
    pytest.param(
        pod("Pending", conditions=[NO_NODE]), NotYet, "Unschedulable: 0/1 nodes", id="no node"
    ),
    pytest.param({"metadata": {}}, NotYet, "Pending", id="without a status"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "kind", "told"), TABLE)
def test_a_pod_tells_how_far_the_test_is(raw: dict[str, Any], kind: type, told: str) -> None:
    outcome = pod_outcome(raw)
    assert isinstance(outcome, kind)
    assert told in outcome.detail


IMAGES = [
    "busybox", "busybox:1.36", "localhost:5000/test", "ghcr.io/ours/test.app:v1_2",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/test:1", f"busybox@sha256:{'a' * 64}",
]  # fmt: skip


@pytest.mark.parametrize("image", IMAGES)
def test_names_of_images_are_taken_as_they_are_written(image: str) -> None:
    assert image_problem(image) is None


NO_IMAGES = [
    pytest.param("", id="empty"),
    pytest.param("busy box", id="a blank"),
    pytest.param("busybox\n", id="a line end"),
    pytest.param("busybox:1.36\nreboot", id="two lines"),
    pytest.param("https://ghcr.io/ours/test", id="an address"),
    pytest.param("busybox:größe", id="letters of elsewhere"),
    pytest.param("-busybox", id="an option"),
    pytest.param("a" * 513, id="too long"),
]


@pytest.mark.parametrize("image", NO_IMAGES)
def test_what_is_no_image_is_refused_with_an_example(image: str) -> None:
    problem = image_problem(image)
    assert problem
    assert "busybox:1.36" in problem[1]


NAMES = [
    pytest.param("default", True, True, id="a word"),
    pytest.param("a", True, True, id="a letter"),
    pytest.param("a" * 63, True, True, id="as long as a namespace may be"),
    pytest.param("a" * 64, False, True, id="longer"),
    pytest.param("a" * 254, False, False, id="longer than any name"),
    pytest.param("ci.runner", False, True, id="a point"),
    pytest.param("Default", False, False, id="upper case"),
    pytest.param("-a", False, False, id="begins with a dash"),
    pytest.param("a-", False, False, id="ends with a dash"),
    pytest.param("a\n", False, False, id="a line end"),
    pytest.param("a/b", False, False, id="two names"),
    pytest.param("", False, True, id="none"),
]


@pytest.mark.parametrize(("name", "namespace", "service_account"), NAMES)
def test_names_are_those_that_kubernetes_takes(
    name: str, namespace: bool, service_account: bool
) -> None:
    assert (namespace_problem(name) is None) is namespace
    assert (service_account_problem(name) is None) is service_account

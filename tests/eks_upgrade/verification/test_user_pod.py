"""A pod of the user's: how far it is."""

from typing import Any

import pytest

from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.verification.user_pod import pod_outcome


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

"""The API servers' faults as they are set from another process."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from include.rehearsal.environment import Rehearsal
from include.rehearsal.kube.fault_control import ACTIONS, control
from tests.rehearsal.kube.kube_lab import Lab, pod

PODS = "/api/v1/namespaces/shop/pods"


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    made.add_node("blue-0")
    with made.clock.lock:
        made.cluster.apply(pod("bare"))
    made.settle()
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"do": "throttle"}, 429, id="throttle"),
        pytest.param({"do": "fail", "status": 500}, 500, id="fail"),
        pytest.param({"do": "fail", "aim": {"operation": "list nodes"}}, 200, id="aimed elsewhere"),
        pytest.param({"do": "forbid", "verb": "list", "resource": "pods"}, 403, id="forbid"),
        pytest.param({"do": "grant", "documents": []}, 403, id="grant nothing"),
        pytest.param({"do": "fail", "status": 500, "message": "no leader"}, 500, id="in its words"),
        pytest.param({"do": "refuse_tokens", "times": 1}, 401, id="token"),
        pytest.param({"do": "forget_roles", "times": 1}, 403, id="roles not read yet"),
        pytest.param({"do": "slow", "seconds": 0.01}, 200, id="slow"),
    ],
)
def test_a_fault_is_set_and_strikes(lab: Lab, asked: dict[str, Any], status: int) -> None:
    control(lab.server, "POST", asked)
    assert lab.request("GET", PODS)[0] == status


def test_faults_and_counts_can_be_looked_at(lab: Lab) -> None:
    control(lab.server, "POST", {"do": "refuse_evictions", "message": "no", "namespace": "shop"})
    lab.request("POST", f"{PODS}/bare/eviction", {})
    seen = control(lab.server, "GET", {})
    assert seen["known"] == sorted(ACTIONS)
    (fault,) = seen["faults"]
    assert (fault["kind"], fault["namespace"], fault["struck"]) == ("webhook", "shop", 1)
    assert seen["counts"] == [{"operation": "create pods/eviction", "status": 403, "times": 1}]
    assert control(lab.server, "POST", {"do": "lift_all"})["faults"] == []
    json.dumps(seen)


def test_a_kubelet_is_stopped_and_started(lab: Lab) -> None:
    where = {"cluster": "demo", "node": "blue-0"}
    for result, expected in (("stop_kubelet", "Unknown"), ("start_kubelet", "True")):
        control(lab.server, "POST", {"do": result, **where})
        lab.settle(60)
        node = lab.request("GET", "/api/v1/nodes/blue-0")[1]
        assert node["status"]["conditions"][-1]["status"] == expected


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        pytest.param({"do": "dance"}, KeyError, id="unknown"),
        pytest.param({"do": "slow"}, TypeError, id="missing argument"),
        pytest.param({"do": "reset", "aim": {"colour": "red"}}, TypeError, id="unknown aim"),
        pytest.param({"do": "fail", "status": 418}, ValueError, id="unknown status"),
    ],
)
def test_what_cannot_be_done_is_an_error(
    lab: Lab, asked: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        control(lab.server, "POST", asked)
    assert lab.server.faults.as_json() == []


def test_a_server_is_paused_by_the_aws_side_of_a_whole_rehearsal() -> None:
    with Rehearsal() as rehearsal:
        address = rehearsal.environment["AWS_ENDPOINT_URL"] + "/_rehearsal/kube"
        with urllib3.PoolManager() as pool:
            asked = {"do": "pause", "seconds": 60}
            assert pool.request("POST", address, json=asked).status == 200
            seen = pool.request("GET", address).json()
            assert "pause" in seen["known"]
            assert pool.request("POST", address, json={"do": "dance"}).status == 400

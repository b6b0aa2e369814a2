"""FaultRegistry, held requests and the other controls, set from Python and over HTTP."""

from typing import Any

import pytest

from include.rehearsal.environment import Rehearsal
from include.rehearsal.faults import AddonEnd, Fault, FaultRegistry, GroupEnd
from include.rehearsal.journal import Request
from tests.rehearsal.aws.aws_lab import ONCE, control, refusal


class Hours:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def call(operation: str = "DescribeNodegroup", **fields: Any) -> Request:
    return Request("aws", operation, **{"cluster": "demo", "target": "green", **fields})


def struck(faults: FaultRegistry, service: str = "eks", **fields: Any) -> str | None:
    found = faults.calls.take(service, call(**fields))
    return found.kind if found else None


@pytest.mark.parametrize(
    ("fields", "strikes"),
    [
        pytest.param({"operation": "DescribeNodegroup"}, True, id="the operation"),
        pytest.param({"operation": "DescribeCluster"}, False, id="another operation"),
        pytest.param({"operation": "Describe*"}, True, id="a pattern"),
        pytest.param({"operation": "eks:*"}, True, id="a service"),
        pytest.param({"operation": "ec2:*"}, False, id="another service"),
        pytest.param({"operation": "*", "cluster": "demo"}, True, id="the cluster"),
        pytest.param({"operation": "*", "cluster": "other"}, False, id="another cluster"),
        pytest.param({"operation": "*", "target": "green"}, True, id="the object"),
        pytest.param({"operation": "*", "target": "blue"}, False, id="another object"),
    ],
)
def test_a_fault_strikes_the_calls_that_fit(fields: dict[str, str], strikes: bool) -> None:
    assert Fault("throttle", **fields).fits("eks", call()) is strikes


def test_a_fault_strikes_as_often_as_it_says() -> None:
    faults = FaultRegistry(Hours())
    active = faults.add("throttle", times=2)
    assert [struck(faults) for _ in range(3)] == ["throttle", "throttle", None]
    assert active.struck == 2


def test_a_fault_stands_for_its_simulated_seconds() -> None:
    now = Hours()
    faults = FaultRegistry(now)
    faults.add("http503", seconds=60)
    now.seconds = 59
    assert struck(faults) == "http503"
    now.seconds = 60
    assert struck(faults) is None


def test_a_fault_without_a_limit_stands_until_it_is_lifted() -> None:
    faults = FaultRegistry(Hours())
    active = faults.add("http500")
    assert [struck(faults) for _ in range(5)] == ["http500"] * 5
    active.lift()
    assert struck(faults) is None


def test_lifting_an_operation_leaves_the_faults_of_others() -> None:
    faults = FaultRegistry(Hours())
    faults.add("http500", "DescribeCluster")
    faults.add("http503", "DescribeNodegroup")
    faults.calls.lift("DescribeNodegroup")
    assert struck(faults) is None
    assert struck(faults, operation="DescribeCluster") == "http500"


def test_of_two_faults_that_fit_the_older_strikes_first() -> None:
    faults = FaultRegistry(Hours())
    faults.add("http500", times=1)
    faults.add("http503", times=1)
    assert [struck(faults), struck(faults)] == ["http500", "http503"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        pytest.param({"kind": "flood"}, "flood", id="an unknown kind"),
        pytest.param({"kind": "error"}, "code", id="an error without a code"),
        pytest.param({"kind": "slow"}, "delay", id="slow without a delay"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(fields: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Fault(**fields)


def test_a_group_that_ends_neither_badly_nor_unready_is_refused() -> None:
    with pytest.raises(ValueError, match="code"):
        GroupEnd()


def test_an_ending_is_for_the_update_it_names_and_used_up_by_it() -> None:
    faults = FaultRegistry(Hours())
    faults.fail_next("AddonUpdate", [{"errorCode": "Unknown"}], target="coredns")
    assert faults.take_update("AddonUpdate", "demo", "vpc-cni") is None
    assert faults.take_update("VersionUpdate", "demo", "coredns") is None
    found = faults.take_update("AddonUpdate", "demo", "coredns")
    assert found is not None
    assert found.errors == [{"errorCode": "Unknown"}]
    assert faults.take_update("AddonUpdate", "demo", "coredns") is None


def test_what_one_request_asks_for_is_taken_over_whole_or_not_at_all() -> None:
    faults = FaultRegistry(Hours())
    with pytest.raises(ValueError, match="flood"):
        faults.set({"throttle": {"ListClusters": 1}, "calls": [{"kind": "flood"}]})
    with pytest.raises(ValueError, match="colour"):
        faults.set({"throttle": {"ListClusters": 1}, "colour": "red"})
    assert faults.as_json()["throttle"] == {}


def test_throttling_an_operation_again_replaces_what_was_left() -> None:
    faults = FaultRegistry(Hours())
    faults.throttle("ListClusters", 5)
    faults.throttle("ListClusters", 1)
    assert faults.as_json()["throttle"] == {"ListClusters": 1}
    faults.throttle("ListClusters", 0)
    assert faults.as_json()["throttle"] == {}


def test_faults_are_set_read_and_lifted_over_http() -> None:
    wanted = {
        "throttle": {"ListClusters": 2},
        "calls": [{"kind": "http503", "operation": "DescribeCluster", "times": 1}],
        "fail": [{"kind": "VersionUpdate", "errors": [{"errorCode": "Unknown"}]}],
        "stick": [{"kind": "ConfigUpdate", "target": "green"}],
        "addons": [{"addon": "coredns", "status": "DEGRADED", "issues": [{"code": "Unknown"}]}],
        "groups": [{"code": "InsufficientFreeAddresses", "nodegroup": "green-*"}],
        "lag_seconds": 20,
        "insights_block": True,
    }
    with Rehearsal() as rehearsal:
        answer = control(rehearsal, "POST", "faults", wanted)
        eks = rehearsal.session().client(
            "eks", endpoint_url=rehearsal.environment["AWS_ENDPOINT_URL"], config=ONCE
        )
        codes = [refusal(eks.list_clusters)[0], refusal(eks.describe_cluster, name="x")[0]]
        eks.close()
        left = control(rehearsal, "GET", "faults")
        lifted = control(rehearsal, "POST", "faults", {"lift": "all"})
        faults = rehearsal.world.faults
        assert faults.addons == [AddonEnd("coredns", "DEGRADED", [{"code": "Unknown"}])]
    assert answer["fail"] == wanted["fail"]
    assert answer["stick"] == wanted["stick"]
    assert answer["groups"] == wanted["groups"]
    assert (answer["lag_seconds"], answer["insights_block"]) == (20, True)
    assert codes == ["TooManyRequestsException", "ServiceUnavailableException"]
    assert left["throttle"] == {"ListClusters": 1}
    assert [each["kind"] for each in left["calls"]] == ["throttle"]
    assert lifted["calls"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("faults", {"calls": [{"kind": "flood"}]}, id="an unknown kind"),
        pytest.param("faults", {"calls": [{"kind": "reset", "colour": 1}]}, id="an unknown field"),
        pytest.param("faults", {"colour": "red"}, id="an unknown key"),
        pytest.param("holds/1/release", {}, id="a hold that was never made"),
        pytest.param("interference", {"do": "nothing"}, id="an unknown action"),
        pytest.param("interference", {"do": "delete_node_group", "cluster": "x"}, id="too little"),
        pytest.param("nowhere", {}, id="an unknown control"),
    ],
)
def test_what_a_control_does_not_understand_is_said(path: str, body: dict[str, Any]) -> None:
    with Rehearsal() as rehearsal:
        assert "not understood" in control(rehearsal, "POST", path, body)["error"]


def test_the_kubernetes_side_can_add_a_control_of_its_own() -> None:
    with Rehearsal() as rehearsal:
        rehearsal.world.controls["kube"] = lambda method, body: {"heard": [method, body]}
        answer = control(rehearsal, "POST", "kube", {"pause": 3})
    assert answer == {"heard": ["POST", {"pause": 3}]}

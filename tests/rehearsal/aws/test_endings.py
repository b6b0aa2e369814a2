"""Updates, add-ons and node groups that do not end well."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.aws import interference
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

NAME = "plain"
OLD, NEW = "v1.9.3-eksbuild.2", "v1.9.3-eksbuild.17"
CRAMPED = {
    "code": "InsufficientNumberOfReplicas",
    "message": "The add-on is unhealthy because all deployments have all pods unscheduled",
    "resourceIds": ["coredns"],
}


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def start_update(aws: Lab, kind: str) -> dict[str, str]:
    """Begin an update of this kind; the arguments with which DescribeUpdate finds it."""
    if kind == "VersionUpdate":
        made = aws.eks.update_cluster_version(name=NAME, version="1.26")
        return {"updateId": made["update"]["id"]}
    if kind == "AddonUpdate":
        aws.eks.create_addon(clusterName=NAME, addonName="coredns", addonVersion=OLD)
        aws.pass_time(91)
        made = aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion=NEW)
        return {"updateId": made["update"]["id"], "addonName": "coredns"}
    made = aws.eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName="workers", scalingConfig={"maxSize": 4}
    )
    return {"updateId": made["update"]["id"], "nodegroupName": "workers"}


def update(aws: Lab, request: dict[str, str]) -> dict[str, Any]:
    return aws.eks.describe_update(name=NAME, **request)["update"]


def addon(aws: Lab) -> dict[str, Any]:
    return aws.eks.describe_addon(clusterName=NAME, addonName="coredns")["addon"]


def image(aws: Lab) -> str:
    with aws.rehearsal.clock.lock:
        store = aws.rehearsal.world.clusters[NAME].store
        found = store.get("deployments", "kube-system", "coredns")
    return found["spec"]["template"]["spec"]["containers"][0]["image"]


KINDS = ["VersionUpdate", "AddonUpdate", "ConfigUpdate"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stuck_update_is_in_progress_for_hours(aws: Lab, kind: str) -> None:
    aws.rehearsal.world.faults.stick_next(kind)
    request = start_update(aws, kind)
    aws.pass_time(6 * 3600)
    assert update(aws, request)["status"] == "InProgress"


@pytest.mark.parametrize("kind", KINDS)
def test_a_stuck_update_ends_well_when_aws_ends_it(aws: Lab, kind: str) -> None:
    aws.rehearsal.world.faults.stick_next(kind)
    request = start_update(aws, kind)
    aws.pass_time(3600)
    assert interference.end_update(aws.rehearsal.world, NAME, request["updateId"])
    assert update(aws, request)["status"] == "Successful"
    assert not interference.end_update(aws.rehearsal.world, NAME, request["updateId"])


def test_an_update_that_is_ended_early_does_not_end_again(aws: Lab) -> None:
    request = start_update(aws, "VersionUpdate")
    wrong = [{"errorCode": "IpNotAvailable", "errorMessage": "none left", "resourceIds": ["s-1"]}]
    interference.end_update(aws.rehearsal.world, NAME, request["updateId"], wrong)
    aws.pass_time(700)
    assert update(aws, request)["status"] == "Failed"
    assert aws.eks.describe_cluster(name=NAME)["cluster"]["version"] == "1.25"


def test_while_an_update_is_stuck_the_next_is_refused(aws: Lab) -> None:
    aws.rehearsal.world.faults.stick_next("VersionUpdate")
    request = start_update(aws, "VersionUpdate")
    aws.pass_time(7200)
    code, message, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.26")
    assert code == "ResourceInUseException"
    assert request["updateId"] in message


def test_a_failure_for_another_object_leaves_an_update_alone(aws: Lab) -> None:
    aws.rehearsal.world.faults.fail_next("AddonUpdate", [{"errorCode": "x"}], target="vpc-cni")
    request = start_update(aws, "AddonUpdate")
    aws.pass_time(91)
    assert update(aws, request)["status"] == "Successful"


def test_an_addon_that_ends_degraded_has_the_new_version_and_issues(aws: Lab) -> None:
    aws.eks.create_addon(clusterName=NAME, addonName="coredns", addonVersion=OLD)
    aws.pass_time(91)
    aws.rehearsal.world.faults.end_addon("coredns", "DEGRADED", [CRAMPED])
    made = aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion=NEW)
    aws.pass_time(91)
    found = update(aws, {"updateId": made["update"]["id"], "addonName": "coredns"})
    assert found["status"] == "Failed"
    assert found["errors"][0]["errorCode"] == "InsufficientNumberOfReplicas"
    assert found["errors"][0]["resourceIds"] == ["coredns"]
    assert (addon(aws)["status"], addon(aws)["addonVersion"]) == ("DEGRADED", NEW)
    assert addon(aws)["health"]["issues"] == [CRAMPED]
    assert NEW in image(aws)


def test_an_update_can_be_successful_and_the_addon_degraded(aws: Lab) -> None:
    aws.eks.create_addon(clusterName=NAME, addonName="coredns", addonVersion=OLD)
    aws.pass_time(91)
    aws.rehearsal.world.faults.end_addon("coredns", "DEGRADED", [CRAMPED], "Successful")
    made = aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion=NEW)
    aws.pass_time(91)
    found = update(aws, {"updateId": made["update"]["id"], "addonName": "coredns"})
    assert found["status"] == "Successful"
    assert addon(aws)["status"] == "DEGRADED"
    interference.set_addon_health(aws.rehearsal.world, NAME, "coredns", "ACTIVE")
    assert (addon(aws)["status"], addon(aws)["health"]["issues"]) == ("ACTIVE", [])


def test_an_addon_that_ends_as_update_failed_keeps_its_version(aws: Lab) -> None:
    aws.eks.create_addon(clusterName=NAME, addonName="coredns", addonVersion=OLD)
    aws.pass_time(91)
    aws.rehearsal.world.faults.end_addon("coredns", "UPDATE_FAILED", [CRAMPED])
    aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion=NEW)
    aws.pass_time(91)
    assert (addon(aws)["status"], addon(aws)["addonVersion"]) == ("UPDATE_FAILED", OLD)
    assert OLD in image(aws)
    aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion=NEW)
    aws.pass_time(91)
    assert (addon(aws)["status"], addon(aws)["addonVersion"]) == ("ACTIVE", NEW)


def test_a_new_addon_can_end_as_create_failed(aws: Lab) -> None:
    aws.rehearsal.world.faults.end_addon("coredns", "CREATE_FAILED", [CRAMPED])
    aws.eks.create_addon(clusterName=NAME, addonName="coredns", addonVersion=OLD)
    assert addon(aws)["status"] == "CREATING"
    aws.pass_time(91)
    assert (addon(aws)["status"], addon(aws)["health"]["issues"]) == ("CREATE_FAILED", [CRAMPED])


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_an_addon_that_only_its_deletion_cures_is_not_updated(aws: Lab, status: str) -> None:
    aws.eks.create_addon(clusterName=NAME, addonName="coredns", addonVersion=OLD)
    aws.pass_time(91)
    interference.set_addon_health(aws.rehearsal.world, NAME, "coredns", status, [CRAMPED])
    ask = {"clusterName": NAME, "addonName": "coredns", "addonVersion": NEW}
    code, message, _ = refusal(aws.eks.update_addon, **ask)
    assert code == "InvalidParameterException"
    assert status in message
    aws.eks.delete_addon(clusterName=NAME, addonName="coredns", preserve=True)
    aws.pass_time(91)
    aws.eks.create_addon(**ask)
    aws.pass_time(91)
    assert (addon(aws)["status"], addon(aws)["addonVersion"]) == ("ACTIVE", NEW)


def activities(aws: Lab) -> list[dict[str, Any]]:
    asg = aws.group("green")["resources"]["autoScalingGroups"][0]["name"]
    return aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=asg)["Activities"]


@pytest.mark.parametrize(
    ("code", "part"),
    [
        pytest.param("AsgInstanceLaunchFailures", "InsufficientInstanceCapacity", id="capacity"),
        pytest.param("InsufficientFreeAddresses", "InsufficientFreeAddressesInSubnet", id="ips"),
        pytest.param("InstanceLimitExceeded", "InstanceLimitExceeded", id="no usual message"),
    ],
)
def test_a_group_whose_instances_cannot_start_is_create_failed_and_asg_says_why(
    aws: Lab, code: str, part: str
) -> None:
    aws.rehearsal.world.faults.end_group(code)
    aws.new_group()
    aws.pass_time(930)
    group = aws.group("green")
    issue = group["health"]["issues"][0]
    assert (group["status"], issue["code"]) == ("CREATE_FAILED", code)
    assert issue["resourceIds"] == [group["resources"]["autoScalingGroups"][0]["name"]]
    assert aws.nodes("green") == []
    assert activities(aws)[0]["StatusCode"] == "Failed"
    assert part in activities(aws)[0]["StatusMessage"]


def test_a_group_whose_nodes_never_join_is_create_failed_and_names_its_instances(
    aws: Lab,
) -> None:
    aws.rehearsal.world.faults.end_group("NodeCreationFailure", "no route to the endpoint")
    aws.new_group()
    aws.pass_time(890)
    assert aws.group("green")["status"] == "CREATING"
    aws.pass_time(40)
    issue = aws.group("green")["health"]["issues"][0]
    assert (issue["code"], issue["message"]) == ("NodeCreationFailure", "no route to the endpoint")
    assert issue["resourceIds"] == aws.instances("green")
    assert aws.nodes("green") == []


def test_only_the_group_of_that_name_fails_and_only_once(aws: Lab) -> None:
    aws.rehearsal.world.faults.end_group("NodeCreationFailure", nodegroup="green-*")
    aws.new_group(nodegroupName="other")
    aws.new_group(nodegroupName="green-a")
    aws.new_group(nodegroupName="green-b")
    aws.pass_time(930)
    states = [aws.group(name)["status"] for name in ("other", "green-a", "green-b")]
    assert states == ["ACTIVE", "CREATE_FAILED", "ACTIVE"]


def ready(aws: Lab, group: str) -> list[str]:
    nodes = aws.nodes(group)
    conditions = [c for node in nodes for c in node["status"]["conditions"]]
    return [each["status"] for each in conditions if each["type"] == "Ready"]


def test_nodes_can_become_ready_and_then_not_ready(aws: Lab) -> None:
    settings = {"groups": [{"nodegroup": "green", "not_ready_after": 60}]}
    aws.rehearsal.world.faults.set(settings)
    aws.new_group()
    aws.pass_time(100)
    assert ready(aws, "green") == ["True"]
    aws.pass_time(60)
    assert ready(aws, "green") == ["False"]
    taints = aws.nodes("green")[0]["spec"]["taints"]
    assert [each["key"] for each in taints] == ["node.kubernetes.io/not-ready"]
    assert ready(aws, "workers") == ["True", "True"]

"""What others do to the account meanwhile."""

from collections.abc import Iterator

import pytest

from include.rehearsal.aws import interference
from include.rehearsal.aws.errors import AwsError
from tests.rehearsal.aws.aws_lab import Lab, control, lab, refusal

NAME = "plain"


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def names(aws: Lab, group: str = "workers") -> list[str]:
    return [node["metadata"]["name"] for node in aws.nodes(group)]


def resize(aws: Lab, low: int, high: int) -> None:
    aws.eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName="workers", scalingConfig={"minSize": low, "maxSize": high}
    )
    aws.pass_time(20)


def test_someone_else_upgrades_the_cluster(aws: Lab) -> None:
    update = interference.upgrade_cluster(aws.rehearsal.world, NAME, "1.26")
    code, message, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.26")
    assert code == "ResourceInUseException"
    assert update in message
    assert aws.eks.list_updates(name=NAME)["updateIds"] == [update]
    aws.pass_time(601)
    assert aws.eks.describe_cluster(name=NAME)["cluster"]["version"] == "1.26"


def test_someone_else_deletes_a_node_group(aws: Lab) -> None:
    aws.new_group()
    aws.pass_time(200)
    interference.delete_node_group(aws.rehearsal.world, NAME, "green")
    assert aws.group("green")["status"] == "DELETING"
    aws.pass_time(400)
    assert aws.groups() == ["workers"]


def test_what_others_do_is_not_in_the_journal(aws: Lab) -> None:
    since = aws.rehearsal.world.journal.last
    interference.upgrade_cluster(aws.rehearsal.world, NAME, "1.26")
    assert aws.rehearsal.world.journal.entries(since=since) == []


def test_a_group_stays_degraded_whatever_is_configured(aws: Lab) -> None:
    issue = {"code": "AsgInstanceLaunchFailures", "message": "no capacity", "resourceIds": []}
    interference.set_node_group_health(aws.rehearsal.world, NAME, "workers", "DEGRADED", [issue])
    resize(aws, 1, 4)
    assert (aws.group()["status"], aws.group()["scalingConfig"]["maxSize"]) == ("DEGRADED", 4)
    assert aws.group()["health"]["issues"] == [issue]
    assert len(names(aws)) == 2


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_group_that_is_not_active_is_not_updated(aws: Lab, status: str) -> None:
    interference.set_node_group_health(aws.rehearsal.world, NAME, "workers", status)
    ask = {"clusterName": NAME, "nodegroupName": "workers", "scalingConfig": {"maxSize": 4}}
    code, message, _ = refusal(aws.eks.update_nodegroup_config, **ask)
    assert (code, "not in Active State" in message) == ("ResourceInUseException", True)


def test_an_autoscaler_adds_nodes_up_to_the_maximum_size(aws: Lab) -> None:
    resize(aws, 1, 4)
    fresh = interference.autoscaler_adds(aws.rehearsal.world, NAME, "workers", 10)
    assert len(fresh) == 2
    assert aws.asg()["DesiredCapacity"] == aws.group()["scalingConfig"]["desiredSize"] == 4
    aws.pass_time(150)
    assert len(names(aws)) == 4
    assert interference.autoscaler_adds(aws.rehearsal.world, NAME, "workers") == []


def test_an_autoscaler_removes_a_node_for_good(aws: Lab) -> None:
    resize(aws, 1, 4)
    gone, kept = names(aws)
    instances = interference.autoscaler_removes(aws.rehearsal.world, NAME, [gone])
    tainted = next(n for n in aws.nodes() if n["metadata"]["name"] == gone)["spec"]["taints"]
    assert [each["key"] for each in tainted] == ["ToBeDeletedByClusterAutoscaler"]
    aws.pass_time(200)
    assert names(aws) == [kept]
    assert aws.asg()["DesiredCapacity"] == 1
    assert instances[0] not in aws.instances()


def test_an_autoscaler_cannot_go_below_the_minimum_size(aws: Lab) -> None:
    resize(aws, 2, 4)
    with pytest.raises(AwsError, match="min size"):
        interference.autoscaler_removes(aws.rehearsal.world, NAME, names(aws)[:1])
    aws.pass_time(200)
    assert len(names(aws)) == 2


def test_a_machine_that_ec2_takes_away_is_replaced(aws: Lab) -> None:
    lost = names(aws)[0]
    interference.terminate_instances(aws.rehearsal.world, NAME, [lost])
    assert lost not in names(aws)
    aws.pass_time(150)
    assert len(names(aws)) == 2


def test_nodes_become_unready_and_ready_again(aws: Lab) -> None:
    def ready() -> dict[str, str]:
        return {
            node["metadata"]["name"]: each["status"]
            for node in aws.nodes()
            for each in node["status"]["conditions"]
            if each["type"] == "Ready"
        }

    first, second = names(aws)
    interference.set_nodes_ready(aws.rehearsal.world, NAME, [first], ready=False)
    assert ready() == {first: "False", second: "True"}
    interference.set_nodes_ready(aws.rehearsal.world, NAME, [first], ready=True)
    assert ready() == {first: "True", second: "True"}
    assert all("taints" not in node["spec"] for node in aws.nodes())


def test_ec2_runs_out_of_machines_and_has_some_again(aws: Lab) -> None:
    resize(aws, 1, 4)
    interference.set_launch_problem(aws.rehearsal.world, NAME, "workers", "no capacity at all")
    assert interference.autoscaler_adds(aws.rehearsal.world, NAME, "workers") == []
    found = aws.autoscaling.describe_scaling_activities(
        AutoScalingGroupName=aws.scene.asgs["workers"]
    )["Activities"][0]
    assert (found["StatusCode"], found["StatusMessage"]) == ("Failed", "no capacity at all")
    interference.set_launch_problem(aws.rehearsal.world, NAME, "workers")
    aws.pass_time(150)
    assert len(names(aws)) == 3


@pytest.mark.parametrize(
    ("result", "arguments"),
    [
        pytest.param(interference.upgrade_cluster, ("nowhere", "1.26"), id="no such cluster"),
        pytest.param(interference.autoscaler_removes, (NAME, ["ghost"]), id="no such node"),
    ],
)
def test_what_does_not_exist_is_said(aws: Lab, result: object, arguments: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="there is no"):
        result(aws.rehearsal.world, *arguments)


def test_actions_can_be_asked_for_over_http(aws: Lab) -> None:
    request = {"do": "upgrade_cluster", "cluster": NAME, "version": "1.26"}
    update = control(aws.rehearsal, "POST", "interference", request)["result"]
    assert aws.eks.list_updates(name=NAME)["updateIds"] == [update]
    again = control(aws.rehearsal, "POST", "interference", request)
    assert "currently has update" in again["error"]
    assert "autoscaler_adds" in control(aws.rehearsal, "GET", "interference")["known"]


def test_the_journal_can_be_read_over_http(aws: Lab) -> None:
    since = aws.rehearsal.world.journal.last
    aws.eks.describe_cluster(name=NAME)
    aws.eks.update_cluster_version(name=NAME, version="1.26")
    request = {"since": since, "cluster": NAME, "changes": True}
    found = control(aws.rehearsal, "POST", "journal", request)["entries"]
    assert [(each["operation"], each["status"]) for each in found] == [
        ("UpdateClusterVersion", 200)
    ]
    whole = control(aws.rehearsal, "GET", "journal", {"since": since})["entries"]
    assert [each["operation"] for each in whole] == ["DescribeCluster", "UpdateClusterVersion"]

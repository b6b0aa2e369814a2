"""The journal of the rehearsal: every request, in order, without secrets."""

import base64
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.journal import Journal, Request, without_secrets
from tests.rehearsal.aws.aws_lab import ONCE, Lab, lab, refusal

NAME = "plain"
USER_DATA = base64.b64encode(b"/etc/eks/bootstrap.sh plain --hush").decode()


def at_noon() -> float:
    return 43_200.0


def request(operation: str = "DescribeCluster", **fields: Any) -> Request:
    return Request("aws", operation, **fields)


def test_entries_are_numbered_without_gaps_and_carry_the_simulated_time() -> None:
    journal = Journal(at_noon)
    made = [journal.record(request(), 200) for _ in range(3)]
    assert [(each.number, each.at) for each in made] == [(1, 43_200), (2, 43_200), (3, 43_200)]
    assert journal.entries() == made
    assert journal.last == 3


def test_only_the_newest_entries_are_kept_and_keep_their_numbers() -> None:
    journal = Journal(at_noon, limit=2)
    for _ in range(5):
        journal.record(request(), 200)
    assert [each.number for each in journal.entries()] == [4, 5]


def test_entries_from_many_threads_are_all_there_once() -> None:
    journal = Journal(at_noon)

    def write() -> None:
        for _ in range(200):
            journal.record(request(), 200)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.number for each in journal.entries()] == list(range(1, 801))


def test_entries_are_found_by_side_cluster_operation_and_number() -> None:
    journal = Journal(at_noon)
    journal.record(request(cluster="a"), 200)
    journal.record(request("UpdateAddon", cluster="a", changes=True), 409)
    journal.record(Request("kube", "create pods/eviction", "a", "x/y", changes=True), 201)
    journal.record(request("UpdateAddon", cluster="b", changes=True), 200)

    def numbers(found: list[Any]) -> list[int]:
        return [each.number for each in found]

    assert numbers(journal.entries(cluster="a")) == [1, 2, 3]
    assert numbers(journal.entries(side="kube")) == [3]
    assert numbers(journal.entries(operation="UpdateAddon", since=2)) == [4]
    assert numbers(journal.changes()) == [2, 3, 4]
    assert numbers(journal.changes(cluster="a", side="aws")) == [2]
    assert [each.done for each in journal.changes()] == [False, True, True]
    assert journal.counts(cluster="a")["UpdateAddon", 409] == 1


@pytest.mark.parametrize(
    "dirty",
    [
        pytest.param({"UserData": "s"}, id="user data"),
        pytest.param({"LaunchTemplateData.UserData": "s"}, id="a flattened name"),
        pytest.param({"a": [{"b": {"userData": "s"}}]}, id="deep inside"),
        pytest.param({"WebIdentityToken": "s"}, id="an identity token"),
        pytest.param({"SecretAccessKey": "s", "SessionToken": "s"}, id="credentials"),
    ],
)
def test_secrets_are_dropped_wherever_they_stand(dirty: dict[str, Any]) -> None:
    assert "s" not in str(without_secrets(dirty)).replace("'b'", "")


def test_tokens_that_make_calls_idempotent_are_no_secrets() -> None:
    kept = {"clientRequestToken": "x", "ClientToken": "y", "nextToken": "z"}
    assert without_secrets(kept) == kept


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def newest(aws: Lab) -> Any:
    return aws.rehearsal.world.journal.entries()[-1]


def test_eks_calls_are_written_down_with_cluster_object_and_parameters(aws: Lab) -> None:
    aws.rehearsal.clock.advance(100)
    aws.eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName="workers", scalingConfig={"maxSize": 5}
    )
    entry = newest(aws)
    assert (entry.side, entry.operation) == ("aws", "UpdateNodegroupConfig")
    assert (entry.cluster, entry.target) == (NAME, "workers")
    assert (entry.changes, entry.status, entry.done) == (True, 200, True)
    assert entry.body["scalingConfig"] == {"maxSize": 5}
    assert entry.at == aws.rehearsal.clock.now()


def test_a_refused_call_is_written_down_with_its_status(aws: Lab) -> None:
    refusal(aws.eks.update_cluster_version, name=NAME, version="9.99")
    assert (newest(aws).status, newest(aws).changes, newest(aws).done) == (400, True, False)


def cluster_and_target(aws: Lab) -> tuple[str, str]:
    return newest(aws).cluster, newest(aws).target


def test_calls_about_groups_instances_and_templates_are_known_to_be_the_clusters(aws: Lab) -> None:
    asg, instance = aws.scene.asgs["workers"], aws.instances()[0]
    aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[asg])
    assert cluster_and_target(aws) == (NAME, asg)
    aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=asg, InstanceIds=[instance], ProtectedFromScaleIn=True
    )
    assert cluster_and_target(aws) == (NAME, asg)
    aws.ec2.describe_instances(InstanceIds=[instance])
    assert cluster_and_target(aws) == (NAME, instance)
    aws.ec2.terminate_instances(InstanceIds=[instance])
    assert cluster_and_target(aws) == (NAME, instance)
    arn = aws.group()["nodegroupArn"]
    aws.eks.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert cluster_and_target(aws) == (NAME, arn)


def test_a_group_that_is_gone_is_still_known_as_the_clusters(aws: Lab) -> None:
    asg = aws.scene.asgs["workers"]
    aws.delete()
    aws.pass_time(1200)
    aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[asg])
    assert cluster_and_target(aws) == (NAME, asg)


def test_what_belongs_to_no_cluster_has_no_cluster(aws: Lab) -> None:
    aws.ssm.get_parameters(Names=["/aws/service/eks/x"])
    assert cluster_and_target(aws) == ("", "/aws/service/eks/x")
    aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["someone-elses"])
    assert cluster_and_target(aws) == ("", "someone-elses")


def test_user_data_never_reaches_the_journal(aws: Lab) -> None:
    made = aws.ec2.create_launch_template(
        LaunchTemplateName="own",
        LaunchTemplateData={"ImageId": "ami-1", "UserData": USER_DATA},
    )["LaunchTemplate"]
    aws.ec2.create_launch_template_version(
        LaunchTemplateId=made["LaunchTemplateId"], LaunchTemplateData={"UserData": USER_DATA}
    )
    entries = aws.rehearsal.world.journal.entries()
    assert [each.operation for each in entries[-2:]] == [
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion",
    ]
    assert entries[-2].body["LaunchTemplateData"] == {"ImageId": "ami-1"}
    assert entries[-1].target == made["LaunchTemplateId"]
    everything = repr(entries)
    assert USER_DATA not in everything
    assert "hush" not in everything


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        pytest.param("eks", "describe_cluster", {"name": NAME}, id="describe"),
        pytest.param("eks", "list_nodegroups", {"clusterName": NAME}, id="list"),
        pytest.param("eks", "start_insights_refresh", {"clusterName": NAME}, id="a refresh"),
        pytest.param("ssm", "get_parameters", {"Names": ["/x"]}, id="get"),
        pytest.param("sts", "get_caller_identity", {}, id="who am I"),
        pytest.param(
            "ec2",
            "create_launch_template",
            {"LaunchTemplateName": "x", "LaunchTemplateData": {"ImageId": "a"}, "DryRun": True},
            id="a dry run",
        ),
    ],
)
def test_what_only_looks_is_no_change(
    aws: Lab, service: str, method: str, arguments: dict[str, Any]
) -> None:
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    client = aws.rehearsal.session().client(service, endpoint_url=url, config=ONCE)
    since = aws.rehearsal.world.journal.last
    try:
        getattr(client, method)(**arguments)
    except client.exceptions.ClientError:
        pass
    finally:
        client.close()
    assert aws.rehearsal.world.journal.last == since + 1
    assert aws.rehearsal.world.journal.changes(since=since) == []

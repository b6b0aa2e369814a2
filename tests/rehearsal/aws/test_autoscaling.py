"""Auto Scaling groups, launch templates, images and SSM parameters of the simulation."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

TEMPLATE = {"ImageId": "ami-1", "InstanceType": "m5.large", "UserData": "ZWNobw=="}


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def name_of(aws: Lab) -> str:
    return aws.scene.asgs["workers"]


def test_a_group_with_instances_is_not_deleted_without_force(aws: Lab) -> None:
    code, _, _ = refusal(
        aws.autoscaling.delete_auto_scaling_group, AutoScalingGroupName=name_of(aws)
    )
    assert code == "ResourceInUse"
    assert len(aws.instances()) == 2


def test_force_deletes_protected_instances_too(aws: Lab) -> None:
    aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=name_of(aws), InstanceIds=aws.instances(), ProtectedFromScaleIn=True
    )
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name_of(aws), ForceDelete=True)
    assert aws.asg()["Status"] == "Delete in progress"
    aws.pass_time(60)
    assert (aws.instances(), aws.nodes()) == ([], [])
    assert aws.asg()["Status"] == "Delete in progress"
    aws.pass_time(60)
    assert aws.asg() is None


@pytest.mark.parametrize(
    "protection",
    [pytest.param("prevent-force-deletion"), pytest.param("prevent-all-deletion")],
)
def test_deletion_protection_is_shown_and_stops_a_forced_deletion(
    aws: Lab, protection: str
) -> None:
    aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name_of(aws), DeletionProtection=protection
    )
    assert aws.asg()["DeletionProtection"] == protection
    code, message, _ = refusal(
        aws.autoscaling.delete_auto_scaling_group,
        AutoScalingGroupName=name_of(aws),
        ForceDelete=True,
    )
    assert code == "ValidationError"
    assert protection in message


def test_terminating_one_instance_passes_its_protection_and_is_recorded(aws: Lab) -> None:
    instance = aws.instances()[0]
    aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=name_of(aws), InstanceIds=[instance], ProtectedFromScaleIn=True
    )
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name_of(aws), MinSize=0)
    activity = aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=instance, ShouldDecrementDesiredCapacity=True
    )["Activity"]
    assert activity["Description"] == f"Terminating EC2 instance: {instance}"
    aws.pass_time(120)
    assert (len(aws.instances()), len(aws.nodes())) == (1, 1)
    found = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=name_of(aws))
    assert found["Activities"][0]["StatusCode"] == "Successful"


def test_an_instance_terminated_in_ec2_is_replaced(aws: Lab) -> None:
    lost = aws.instances()[0]
    aws.ec2.terminate_instances(InstanceIds=[lost])
    assert len(aws.nodes()) == 1
    aws.pass_time(200)
    assert lost not in aws.instances()
    assert (len(aws.instances()), len(aws.nodes())) == (2, 2)


def test_new_instances_take_the_groups_default_protection(aws: Lab) -> None:
    aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=name_of(aws), NewInstancesProtectedFromScaleIn=True
    )
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName=name_of(aws), DesiredCapacity=3)
    aws.pass_time(60)
    assert sorted(i["ProtectedFromScaleIn"] for i in aws.asg()["Instances"]) == [False, False, True]


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        pytest.param("set_desired_capacity", {"DesiredCapacity": 50}, id="desired above maximum"),
        pytest.param("update_auto_scaling_group", {"DesiredCapacity": 50}, id="the same by update"),
        pytest.param("update_auto_scaling_group", {"MinSize": 9}, id="minimum above maximum"),
        pytest.param(
            "set_instance_protection",
            {"InstanceIds": ["i-0"] * 51, "ProtectedFromScaleIn": False},
            id="more than fifty instances",
        ),
        pytest.param(
            "set_instance_protection",
            {"InstanceIds": ["i-0"], "ProtectedFromScaleIn": False},
            id="an instance of another group",
        ),
        pytest.param(
            "complete_lifecycle_action",
            {"LifecycleHookName": "h", "LifecycleActionResult": "CONTINUE", "InstanceId": "i-1"},
            id="no such action",
        ),
    ],
)
def test_what_auto_scaling_would_refuse_is_a_validation_error(
    aws: Lab, operation: str, arguments: dict[str, Any]
) -> None:
    call = getattr(aws.autoscaling, operation)
    code, _, status = refusal(call, AutoScalingGroupName=name_of(aws), **arguments)
    assert (code, status) == ("ValidationError", 400)


def test_an_instance_refresh_can_be_cancelled(aws: Lab) -> None:
    name = name_of(aws)
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName=name)
    aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName=name)
    found = aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)
    assert [r["Status"] for r in found["InstanceRefreshes"]] == ["Cancelled"]
    code = refusal(aws.autoscaling.cancel_instance_refresh, AutoScalingGroupName=name)[0]
    assert code in ("ActiveInstanceRefreshNotFound", "ActiveInstanceRefreshNotFoundFault")


def test_a_template_version_inherits_from_its_source_and_its_token_is_remembered(aws: Lab) -> None:
    made = aws.ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData=TEMPLATE)
    request = {
        "LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"],
        "SourceVersion": "1",
        "LaunchTemplateData": {"ImageId": "ami-2"},
        "ClientToken": "token",
    }
    first = aws.ec2.create_launch_template_version(**request)["LaunchTemplateVersion"]
    data = first["LaunchTemplateData"]
    assert (data["ImageId"], data["InstanceType"], data["UserData"]) == (
        "ami-2",
        "m5.large",
        "ZWNobw==",
    )
    again = aws.ec2.create_launch_template_version(**request)["LaunchTemplateVersion"]
    assert again["VersionNumber"] == first["VersionNumber"] == 2
    other = {**request, "LaunchTemplateData": {"ImageId": "ami-3"}}
    code = refusal(aws.ec2.create_launch_template_version, **other)[0]
    assert code == "IdempotentParameterMismatch"


@pytest.mark.parametrize(
    ("pattern", "owner", "architecture"),
    [
        pytest.param("amazon-eks-node-1.26-v*", "amazon", "x86_64", id="al2"),
        pytest.param("amazon-eks-arm64-node-1.26-v*", "602401143452", "arm64", id="al2 arm64"),
        pytest.param(
            "amazon-eks-node-al2023-arm64-standard-1.34-v*", "amazon", "arm64", id="al2023 arm64"
        ),
        pytest.param("bottlerocket-aws-k8s-1.33-x86_64-v*", "amazon", "x86_64", id="bottlerocket"),
        pytest.param(
            "ubuntu-eks/k8s_1.31/images/*22.04-amd64*", "099720109477", "x86_64", id="ubuntu"
        ),
    ],
)
def test_images_are_found_by_name_pattern_and_owner(
    aws: Lab, pattern: str, owner: str, architecture: str
) -> None:
    found = aws.ec2.describe_images(
        Owners=[owner],
        Filters=[{"Name": "name", "Values": [pattern]}, {"Name": "state", "Values": ["available"]}],
    )["Images"]
    assert len(found) == 2
    assert {image["Architecture"] for image in found} == {architecture}
    assert len({image["CreationDate"] for image in found}) == 2


def test_al2_ends_with_132(aws: Lab) -> None:
    pattern = [{"Name": "name", "Values": ["amazon-eks-node-1.33-v*"]}]
    assert aws.ec2.describe_images(Filters=pattern)["Images"] == []
    name = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2/recommended/image_id"
    assert refusal(aws.ssm.get_parameter, Name=name)[0] == "ParameterNotFound"


def test_an_unknown_image_is_invalid(aws: Lab) -> None:
    code = refusal(aws.ec2.describe_images, ImageIds=["ami-0123456789abcdef0"])[0]
    assert code == "InvalidAMIID.NotFound"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("/aws/service/eks/optimized-ami/1.26/amazon-linux-2/recommended/image_id"),
        pytest.param(
            "/aws/service/eks/optimized-ami/1.26/amazon-linux-2-arm64/recommended/image_id"
        ),
        pytest.param(
            "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/arm64/standard/"
            "recommended/image_id"
        ),
        pytest.param("/aws/service/bottlerocket/aws-k8s-1.34/x86_64/latest/image_id"),
    ],
)
def test_public_parameters_name_images_that_exist(aws: Lab, name: str) -> None:
    value = aws.ssm.get_parameter(Name=name)["Parameter"]["Value"]
    assert len(aws.ec2.describe_images(ImageIds=[value])["Images"]) == 1

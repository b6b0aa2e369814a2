"""Managed node groups: creation, configuration, and the deletions that fail."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal import images
from include.rehearsal.scenario import PlainOptions
from include.rehearsal.workloads import App, deployment
from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

NAME = "plain"
REGION = "eu-west-1"
AL2 = images.newest(REGION, "al2", "x86_64", "1.25")
ARM = images.newest(REGION, "al2", "arm64", "1.25")


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def template(aws: Lab, **data: Any) -> dict[str, str]:
    whole = {"ImageId": AL2.id, "UserData": encoded("/etc/eks/bootstrap.sh plain"), **data}
    whole = {key: value for key, value in whole.items() if value is not None}
    made = aws.ec2.create_launch_template(LaunchTemplateName="own", LaunchTemplateData=whole)
    return {"id": made["LaunchTemplate"]["LaunchTemplateId"], "version": "1"}


def test_a_group_has_a_tagged_asg_instances_in_both_zones_and_labelled_nodes(aws: Lab) -> None:
    group, asg = aws.group(), aws.asg()
    assert (group["status"], group["amiType"], group["version"]) == ("ACTIVE", "AL2_x86_64", "1.25")
    assert asg["AutoScalingGroupName"].startswith("eks-workers-")
    tags = {tag["Key"]: tag["Value"] for tag in asg["Tags"]}
    assert tags["eks:cluster-name"] == NAME
    assert tags["eks:nodegroup-name"] == "workers"
    assert {i["AvailabilityZone"] for i in asg["Instances"]} == {"eu-west-1a", "eu-west-1b"}
    labels = aws.nodes("workers")[0]["metadata"]["labels"]
    assert labels["eks.amazonaws.com/nodegroup-image"].startswith("ami-")
    assert labels["eks.amazonaws.com/capacityType"] == "ON_DEMAND"
    kubelets = {n["status"]["nodeInfo"]["kubeletVersion"] for n in aws.nodes()}
    assert all(kubelet.startswith("v1.25.16-eks-") for kubelet in kubelets)
    reservations = aws.ec2.describe_instances(InstanceIds=aws.instances())["Reservations"]
    names = {i["PrivateDnsName"] for r in reservations for i in r["Instances"]}
    assert names == {n["metadata"]["name"] for n in aws.nodes()}


def test_one_id_is_in_the_groups_arn_and_in_the_names_of_what_eks_made_for_it(aws: Lab) -> None:
    """tests/recordings/aws/describe-asg-eks-managed.json and the node group of it."""
    identity = aws.group()["nodegroupArn"].rsplit("/", 1)[1]
    asg = aws.asg()
    template = asg["MixedInstancesPolicy"]["LaunchTemplate"]
    assert asg["AutoScalingGroupName"] == f"eks-workers-{identity}"
    assert template["LaunchTemplateSpecification"]["LaunchTemplateName"] == f"eks-{identity}"
    assert template["Overrides"] == [{"InstanceType": "m5.large"}]
    assert "LaunchTemplate" not in asg
    assert asg["HealthCheckGracePeriod"] == 15


def test_a_groups_policy_stays_when_something_else_is_changed(aws: Lab) -> None:
    asg = aws.asg()
    name = asg["AutoScalingGroupName"]
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=5)
    aws.autoscaling.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["AZRebalance"])
    after = aws.asg()
    assert after["MixedInstancesPolicy"] == asg["MixedInstancesPolicy"]
    (suspended,) = after["SuspendedProcesses"]
    assert suspended["SuspensionReason"].startswith("User suspended at 20")


def test_a_group_without_taints_has_no_field_of_them(aws: Lab) -> None:
    assert "taints" not in aws.group()
    taint = {"key": "team", "value": "shop", "effect": "NO_SCHEDULE"}
    names = {"clusterName": NAME, "nodegroupName": "workers"}
    for change, left in (("addOrUpdateTaints", [taint]), ("removeTaints", None)):
        update = aws.eks.update_nodegroup_config(**names, taints={change: [taint]})["update"]
        aws.pass_time(60)
        assert aws.group().get("taints") == left
        assert '{"key":"team",' in update["params"][0]["value"]


def test_a_custom_image_whose_user_data_bootstraps_joins(aws: Lab) -> None:
    spec = template(aws, InstanceType="m5.large")
    group = aws.new_group(launchTemplate=spec)
    assert (group["status"], group["amiType"]) == ("CREATING", "CUSTOM")
    aws.pass_time(200)
    assert aws.group("green")["status"] == "ACTIVE"
    assert aws.group("green")["releaseVersion"] == AL2.id
    assert len(aws.nodes("green")) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"UserData": encoded("/etc/eks/bootstrap.sh other")}, id="another cluster"),
        pytest.param({"UserData": encoded("echo hello")}, id="no bootstrap"),
        pytest.param({"UserData": None}, id="no user data"),
    ],
)
def test_nodes_that_never_join_make_the_creation_fail_after_fifteen_minutes(
    aws: Lab, data: dict[str, Any]
) -> None:
    aws.new_group(launchTemplate=template(aws, InstanceType="m5.large", **data))
    aws.pass_time(890)
    assert aws.group("green")["status"] == "CREATING"
    aws.pass_time(30)
    group = aws.group("green")
    assert group["status"] == "CREATE_FAILED"
    assert group["health"]["issues"][0]["code"] == "NodeCreationFailure"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"ImageId": ARM.id}, id="an arm64 image on an x86 machine"),
        pytest.param({"ImageId": "ami-0123456789abcdef0"}, id="an unknown image"),
    ],
)
def test_instances_that_cannot_launch_are_said_in_the_health(
    aws: Lab, data: dict[str, Any]
) -> None:
    aws.new_group(launchTemplate=template(aws, InstanceType="m5.large", **data))
    aws.pass_time(930)
    issue = aws.group("green")["health"]["issues"][0]
    assert issue["code"] == "AsgInstanceLaunchFailures"
    asg = aws.group("green")["resources"]["autoScalingGroups"][0]["name"]
    activities = aws.autoscaling.describe_scaling_activities(AutoScalingGroupName=asg)
    assert activities["Activities"][0]["StatusCode"] == "Failed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"nodegroupName": "a" * 64}, "InvalidParameterException", id="long name"),
        pytest.param({"nodegroupName": "workers"}, "ResourceInUseException", id="duplicate"),
        pytest.param({"subnets": ["subnet-none"]}, "InvalidParameterException", id="subnet"),
        pytest.param(
            {"nodeRole": "arn:aws:iam::123456789012:role/none"},
            "InvalidParameterException",
            id="role",
        ),
        pytest.param({"version": "1.26"}, "InvalidParameterException", id="not the cluster's"),
        pytest.param(
            {"launchTemplate": {"id": "lt-0123456789abcdef0"}},
            "InvalidParameterException",
            id="unknown template",
        ),
        pytest.param(
            {"scalingConfig": {"minSize": 3, "maxSize": 2, "desiredSize": 2}},
            "InvalidParameterException",
            id="sizes",
        ),
        pytest.param(
            {"amiType": "AL2023_x86_64_NVIDIA", "version": "1.24"},
            "InvalidParameterException",
            id="unknown version",
        ),
    ],
)
def test_a_creation_that_eks_would_refuse_is_refused(
    aws: Lab, changes: dict[str, Any], code: str
) -> None:
    assert refusal(aws.new_group, **changes)[0] == code


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        pytest.param({}, {"amiType": "AL2_x86_64"}, id="amiType with an image"),
        pytest.param({}, {"version": "1.25"}, id="version with an image"),
        pytest.param({}, {"releaseVersion": "1.25.16-20240514"}, id="release with an image"),
        pytest.param({}, {"diskSize": 50}, id="disk size"),
        pytest.param({"InstanceType": "m5.large"}, {"instanceTypes": ["m5.large"]}, id="two types"),
        pytest.param({"ImageId": None}, {"amiType": "CUSTOM"}, id="CUSTOM without an image"),
        pytest.param({"IamInstanceProfile": {"Name": "p"}}, {}, id="instance profile"),
    ],
)
def test_template_and_request_must_not_contradict_each_other(
    aws: Lab, data: dict[str, Any], changes: dict[str, Any]
) -> None:
    spec = template(aws, **data)
    code = refusal(aws.new_group, launchTemplate=spec, **changes)[0]
    assert code in ("InvalidParameterException", "InvalidRequestException")
    assert aws.groups() == ["workers"]


def test_taints_labels_and_sizes_reach_the_nodes_and_the_group(aws: Lab) -> None:
    update = aws.eks.update_nodegroup_config(
        clusterName=NAME,
        nodegroupName="workers",
        labels={"addOrUpdateLabels": {"phase": "old"}},
        taints={"addOrUpdateTaints": [{"key": "retiring", "effect": "NO_SCHEDULE"}]},
        scalingConfig={"maxSize": 2},
    )["update"]
    aws.pass_time(20)
    found = aws.eks.describe_update(name=NAME, updateId=update["id"], nodegroupName="workers")
    assert found["update"]["status"] == "Successful"
    for node in aws.nodes("workers"):
        assert {"key": "retiring", "effect": "NoSchedule"} in node["spec"]["taints"]
        assert node["metadata"]["labels"]["phase"] == "old"
    assert aws.asg()["MaxSize"] == 2


def test_scaling_up_launches_an_instance_that_becomes_a_node(aws: Lab) -> None:
    aws.eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName="workers", scalingConfig={"desiredSize": 3}
    )
    aws.pass_time(200)
    assert (len(aws.instances()), len(aws.nodes())) == (3, 3)


def test_an_unguarded_group_is_deleted_with_asg_instances_and_nodes(aws: Lab) -> None:
    instances = aws.instances()
    aws.delete()
    assert aws.group()["status"] == "DELETING"
    aws.pass_time(400)
    assert (aws.groups(), aws.asg(), aws.nodes()) == ([], None, [])
    reservations = aws.ec2.describe_instances(InstanceIds=instances)["Reservations"]
    assert {i["State"]["Name"] for r in reservations for i in r["Instances"]} == {"terminated"}


def protect(aws: Lab, *, on: bool) -> None:
    aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=aws.scene.asgs["workers"],
        InstanceIds=aws.instances(),
        ProtectedFromScaleIn=on,
    )


def test_scale_in_protection_makes_the_deletion_fail_and_a_second_one_works(aws: Lab) -> None:
    protect(aws, on=True)
    instances = aws.instances()
    aws.delete()
    aws.pass_time(880)
    assert aws.group()["status"] == "DELETING"
    aws.pass_time(60)
    group = aws.group()
    assert group["status"] == "DELETE_FAILED"
    assert set(group["health"]["issues"][0]["resourceIds"]) == set(instances)
    assert aws.asg()["DesiredCapacity"] == 0
    activities = aws.autoscaling.describe_scaling_activities(
        AutoScalingGroupName=aws.scene.asgs["workers"]
    )["Activities"]
    assert (activities[0]["Description"], activities[0]["StatusCode"]) == (
        "Could not scale to desired capacity because all remaining instances are protected "
        "from scale-in.",
        "Cancelled",
    )
    protect(aws, on=False)
    aws.delete()
    aws.pass_time(400)
    assert (aws.groups(), aws.asg()) == ([], None)


def test_a_suspended_terminate_process_holds_the_instances_until_resumed(aws: Lab) -> None:
    name = aws.scene.asgs["workers"]
    processes = {"AutoScalingGroupName": name, "ScalingProcesses": ["Terminate"]}
    aws.autoscaling.suspend_processes(**processes)
    aws.delete()
    aws.pass_time(930)
    assert (aws.group()["status"], len(aws.instances())) == ("DELETE_FAILED", 2)
    aws.autoscaling.resume_processes(**processes)
    aws.delete()
    aws.pass_time(400)
    assert aws.groups() == []


def test_a_termination_hook_holds_instances_in_terminating_wait(aws: Lab) -> None:
    name, hook = aws.scene.asgs["workers"], "keep-logs"
    aws.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=name,
        LifecycleHookName=hook,
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=7200,
    )
    aws.delete()
    aws.pass_time(930)
    assert {i["LifecycleState"] for i in aws.asg()["Instances"]} == {"Terminating:Wait"}
    assert aws.group()["status"] == "DELETE_FAILED"
    for instance in aws.instances():
        aws.autoscaling.complete_lifecycle_action(
            AutoScalingGroupName=name,
            LifecycleHookName=hook,
            InstanceId=instance,
            LifecycleActionResult="CONTINUE",
        )
    aws.delete()
    aws.pass_time(120)
    assert aws.groups() == []


def test_deletion_works_when_the_asg_is_already_gone(aws: Lab) -> None:
    protect(aws, on=True)
    aws.delete()
    aws.pass_time(930)
    aws.autoscaling.delete_auto_scaling_group(
        AutoScalingGroupName=aws.scene.asgs["workers"], ForceDelete=True
    )
    aws.pass_time(120)
    assert (aws.asg(), aws.nodes()) == (None, [])
    aws.delete()
    aws.pass_time(60)
    assert aws.groups() == []


def test_a_deletion_waits_a_little_for_budgets_and_then_goes_past_them() -> None:
    app = App("shop", "web", 2, {"minAvailable": 2})
    options = PlainOptions(addons={}, manifests=tuple(deployment(app)))
    with lab(options) as aws:
        aws.delete()
        aws.pass_time(290)
        assert len(aws.nodes()) == 2
        aws.pass_time(200)
        assert (aws.groups(), aws.nodes()) == ([], [])


def test_an_in_place_version_update_replaces_the_instances(aws: Lab) -> None:
    before = set(aws.instances())
    aws.eks.update_cluster_version(name=NAME, version="1.26")
    aws.pass_time(601)
    aws.eks.update_nodegroup_version(clusterName=NAME, nodegroupName="workers", version="1.26")
    aws.pass_time(2400)
    assert aws.group()["version"] == "1.26"
    assert not before & set(aws.instances())
    kubelets = {n["status"]["nodeInfo"]["kubeletVersion"] for n in aws.nodes()}
    assert all(kubelet.startswith("v1.26") for kubelet in kubelets)


@pytest.mark.parametrize(
    ("family", "options"),
    [
        pytest.param("al2", PlainOptions(addons={}, template_family="al2"), id="al2 on m5"),
        pytest.param(
            "al2023", PlainOptions(addons={}, template_family="al2023"), id="al2023 nodeadm"
        ),
        pytest.param(
            "al2023",
            PlainOptions(addons={}, ami_type="AL2023_ARM_64_STANDARD", instance_type="m7g.large"),
            id="arm64 without a template",
        ),
    ],
)
def test_plain_clusters_come_up_in_several_shapes(family: str, options: PlainOptions) -> None:
    with lab(options, version="1.31", nodes=1) as aws:
        assert aws.group()["status"] == "ACTIVE"
        image = aws.nodes()[0]["metadata"]["labels"]["eks.amazonaws.com/nodegroup-image"]
        assert images.by_id(REGION)[image].family == family


@pytest.mark.parametrize(
    ("waiter", "arguments"),
    [
        pytest.param("cluster_active", {"name": NAME}, id="cluster_active"),
        pytest.param(
            "nodegroup_active", {"clusterName": NAME, "nodegroupName": "workers"}, id="group active"
        ),
        pytest.param(
            "nodegroup_deleted", {"clusterName": NAME, "nodegroupName": "gone"}, id="group deleted"
        ),
        pytest.param("addon_deleted", {"clusterName": NAME, "addonName": "gone"}, id="addon gone"),
    ],
)
def test_boto3_waiters_understand_the_answers(
    aws: Lab, waiter: str, arguments: dict[str, str]
) -> None:
    aws.eks.get_waiter(waiter).wait(**arguments, WaiterConfig={"Delay": 0, "MaxAttempts": 1})

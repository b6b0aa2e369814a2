"""A rehearsal in which everything happens that recordings tell of, and all that it answered."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from include.rehearsal import images
from include.rehearsal.aws import interference
from include.rehearsal.scenario import PlainOptions
from tests.rehearsal.aws.aws_lab import Lab, lab

NAME = "plain"
Answers = dict[str, list[dict[str, Any]]]
OPTIONS = PlainOptions(
    groups=("workers",), addons={"vpc-cni": None, "coredns": None, "kube-proxy": None}
)
FOREIGN = {"cluster": NAME, "nodegroup": "workers"}


@contextmanager
def rehearsal() -> Iterator[tuple[Lab, Answers]]:
    """A lab, and each operation's answers so far; refusals are not among them."""
    with lab(OPTIONS, version="1.31") as made:
        answers: Answers = {}

        def keep(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
            if http_response.status_code < 300:
                answers.setdefault(model.name, []).append(parsed)

        for client in (made.eks, made.ec2, made.autoscaling, made.ssm):
            client.meta.events.register("after-call", keep)
        yield made, answers


def live_through(aws: Lab) -> None:
    """All of it; some minutes of simulated time."""
    _look_at_the_offer(aws)
    _insights(aws)
    _other_clusters(aws)
    _addons(aws)
    _groups(aws)
    _instances(aws)
    _updates(aws)
    aws.delete("spot")
    _look_at_everything(aws)


def _look_at_the_offer(aws: Lab) -> None:
    aws.eks.describe_cluster_versions()
    aws.eks.describe_addon_versions()
    for name in ("coredns", "aws-ebs-csi-driver"):
        offered = aws.eks.describe_addon_versions(addonName=name)["addons"][0]["addonVersions"]
        version = offered[0]["addonVersion"]
        aws.eks.describe_addon_configuration(addonName=name, addonVersion=version)
    region = aws.ec2.meta.region_name
    wanted = [images.newest(region, family, "x86_64", "1.31") for family in ("al2", "al2023")]
    own = images.golden_of(region)[0]
    aws.ec2.describe_images(ImageIds=[one.id for one in (*wanted, own) if one])
    path = "/aws/service/eks/optimized-ami/1.31/amazon-linux-2/recommended"
    aws.ssm.get_parameters(Names=[path])
    aws.ssm.get_parameter(Name=f"{path}/image_id")


def _insights(aws: Lab) -> None:
    """All is well, and an API is called that goes."""
    detail = {"usage": "/apis/batch/v1beta1/cronjobs", "replacedWith": "/apis/batch/v1/cronjobs",
              "stopServingVersion": "1.25", "startServingReplacementVersion": "1.21",
              "clientStats": [{"userAgent": "helm", "numberOfRequestsLast30Days": 3,
                               "lastRequestTime": _now(aws)}]}  # fmt: skip
    used = {"insightStatus": {"status": "ERROR"}, "kubernetesResourceUri": "/apis/x/null"}
    _look_at_insights(aws)
    aws.rehearsal.world.faults.set({"insights": [{
        "name": "Deprecated APIs removed in Kubernetes v1.32", "status": "ERROR",
        "reason": "In use.", "kubernetesVersion": "1.32", "resources": [used],
        "categorySpecificSummary": {"deprecationDetails": [detail]}}]})  # fmt: skip
    aws.eks.start_insights_refresh(clusterName=NAME)
    aws.pass_time(600)
    _look_at_insights(aws)


def _now(aws: Lab) -> Any:
    return aws.rehearsal.world.clock.datetime()


def _look_at_insights(aws: Lab) -> None:
    for insight in aws.eks.list_insights(clusterName=NAME)["insights"]:
        aws.eks.describe_insight(clusterName=NAME, id=insight["id"])


def _other_clusters(aws: Lab) -> None:
    """One with Auto Mode, keys and logs; it is deleted again."""
    role, key = aws.scene.node_role, "arn:aws:kms:eu-west-1:111122223333:key/1"
    aws.eks.create_cluster(
        name="auto",
        version="1.33",
        roleArn=role,
        resourcesVpcConfig={"subnetIds": list(aws.scene.subnets), "securityGroupIds": ["sg-1"]},
        computeConfig={"enabled": True, "nodePools": ["system"], "nodeRoleArn": role},
        storageConfig={"blockStorage": {"enabled": True}},
        kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": True}},
        zonalShiftConfig={"enabled": True},
        logging={"clusterLogging": [{"types": ["api"], "enabled": True}]},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key}}],
        tags={"team": "shop"},
    )
    aws.pass_time(1200)
    aws.eks.list_insights(clusterName="auto")
    aws.eks.describe_cluster(name="auto")
    aws.eks.delete_cluster(name="auto")


def _addons(aws: Lab) -> None:
    aws.eks.create_addon(
        clusterName=NAME,
        addonName="metrics-server",
        configurationValues="nodeSelector:\n  team: shop",
        namespaceConfig={"namespace": "kube-system"},
        tags={"team": "shop"},
    )
    aws.eks.create_addon(
        clusterName=NAME,
        addonName="aws-ebs-csi-driver",
        serviceAccountRoleArn=aws.scene.node_role,
        podIdentityAssociations=[{"serviceAccount": "a", "roleArn": aws.scene.node_role}],
    )
    aws.pass_time(300)
    issue = {"code": "InsufficientNumberOfReplicas", "message": "Not enough."}
    interference.set_addon_health(aws.rehearsal.world, NAME, "coredns", "DEGRADED", [issue])


def _groups(aws: Lab) -> None:
    """Of every kind, one that cannot be created among them."""
    taint = {"key": "team", "value": "shop", "effect": "NO_EXECUTE"}
    one = {"minSize": 0, "maxSize": 1, "desiredSize": 1}
    aws.new_group(nodegroupName="spot", capacityType="SPOT", taints=[taint], scalingConfig=one,
                  labels={"team": "shop"}, tags={"team": "shop"},
                  updateConfig={"maxUnavailablePercentage": 33})  # fmt: skip
    aws.new_group(nodegroupName="own", instanceTypes=["m5.large"], scalingConfig=one,
                  launchTemplate={"id": _template(aws), "version": "1"})  # fmt: skip
    ends = [{"nodegroup": "never", "code": "NodeCreationFailure"}]
    aws.rehearsal.world.faults.set({"groups": ends})
    aws.new_group(nodegroupName="never", scalingConfig=one)
    aws.new_group(nodegroupName="none", scalingConfig={**one, "desiredSize": 0})
    for _ in range(8):
        aws.pass_time(300)


def _template(aws: Lab) -> str:
    image = images.newest(aws.ec2.meta.region_name, "al2", "x86_64", "1.31")
    assert image
    script = base64.b64encode(f"#!/bin/bash\n/etc/eks/bootstrap.sh {NAME}".encode()).decode()
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": True, "VolumeSize": 20,
                                               "VolumeType": "gp3"}}  # fmt: skip
    options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled"}
    data = {"ImageId": image.id, "UserData": script, "BlockDeviceMappings": [disk],
            "MetadataOptions": options, "KeyName": "key"}  # fmt: skip
    made = aws.ec2.create_launch_template(LaunchTemplateName="own", LaunchTemplateData=data)
    template: str = made["LaunchTemplate"]["LaunchTemplateId"]
    card = {"DeviceIndex": 0, "Groups": ["sg-1"], "AssociatePublicIpAddress": True,
            "DeleteOnTermination": False, "SubnetId": aws.scene.subnets[0],
            "InterfaceType": "interface", "NetworkCardIndex": 0, "Description": "one"}  # fmt: skip
    aws.ec2.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={"InstanceType": "m5.large",
                                                       "NetworkInterfaces": [card]},
    )  # fmt: skip
    aws.ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"ImageId": image.id},
        VersionDescription="2",
    )  # fmt: skip
    aws.ec2.describe_launch_template_versions(LaunchTemplateId=template)
    return template


def _instances(aws: Lab) -> None:
    """Started, ended, kept from starting, and protected."""
    name = str((aws.asg() or {})["AutoScalingGroupName"])
    first = aws.instances()[0]
    aws.autoscaling.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["AZRebalance"])
    interference.set_launch_problem(
        aws.rehearsal.world, **FOREIGN, problem="Instance became unhealthy."
    )
    aws.autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=first, ShouldDecrementDesiredCapacity=False
    )
    aws.pass_time(900)
    interference.set_launch_problem(aws.rehearsal.world, **FOREIGN)
    checkpoints = {"CheckpointPercentages": [50], "CheckpointDelay": 3600}
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName=name, Preferences=checkpoints)
    aws.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)
    aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName=name)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=0)
    aws.autoscaling.enter_standby(
        AutoScalingGroupName=name, InstanceIds=[aws.instances()[0]],
        ShouldDecrementDesiredCapacity=True,
    )  # fmt: skip
    aws.autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=name, LifecycleHookName="own", DefaultResult="ABANDON",
        HeartbeatTimeout=60, LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
    )  # fmt: skip
    aws.autoscaling.enable_metrics_collection(
        AutoScalingGroupName=name, Granularity="1Minute", Metrics=["GroupMaxSize"]
    )


def _updates(aws: Lab) -> None:
    """Of every kind, with every ending."""
    world = aws.rehearsal.world
    error = {"errorCode": "PodEvictionFailure", "errorMessage": "Too slow.",
             "resourceIds": ["ip-1"]}  # fmt: skip
    taint = {"key": "team", "value": "shop", "effect": "NO_EXECUTE"}
    world.faults.set({"fail": [{"kind": "VersionUpdate", "target": "own", "errors": [error]}]})
    made = [
        aws.eks.update_nodegroup_config(
            clusterName=NAME, nodegroupName="spot", labels={"addOrUpdateLabels": {"a": "b"}},
            taints={"addOrUpdateTaints": [taint]},
        ),
        aws.eks.update_nodegroup_version(
            clusterName=NAME, nodegroupName="own", launchTemplate={"name": "own", "version": "3"}
        ),
        aws.eks.update_addon(
            clusterName=NAME, addonName="kube-proxy", resolveConflicts="PRESERVE",
            configurationValues='{"mode":"ipvs"}',
        ),
    ]  # fmt: skip
    aws.pass_time(1800)
    made.append(aws.eks.update_cluster_version(name=NAME, version="1.32"))
    aws.pass_time(1800)
    owners = ({"nodegroupName": "spot"}, {"nodegroupName": "own"}, {"addonName": "kube-proxy"}, {})
    for owner, update in zip(owners, made, strict=True):
        aws.eks.describe_update(name=NAME, updateId=update["update"]["id"], **owner)
    aws.eks.list_updates(name=NAME)


def _look_at_everything(aws: Lab) -> None:
    aws.eks.describe_cluster(name=NAME)
    for name in aws.eks.list_addons(clusterName=NAME)["addons"]:
        aws.eks.describe_addon(clusterName=NAME, addonName=name)
    for name in aws.groups():
        asg = aws.asg(name)
        if asg:
            named = {"AutoScalingGroupName": asg["AutoScalingGroupName"]}
            aws.autoscaling.describe_scaling_activities(**named)
            aws.autoscaling.describe_lifecycle_hooks(**named)
            aws.autoscaling.describe_instance_refreshes(**named)


def refused(call: Any, /, **arguments: Any) -> dict[str, Any]:
    """The refusal that a call is answered with, as botocore parsed it."""
    try:
        call(**arguments)
    except ClientError as error:
        return dict(error.response)
    raise AssertionError("the call was not refused")

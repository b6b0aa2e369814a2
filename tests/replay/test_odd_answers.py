"""Answers that nobody has published, made of what AWS documents or may add one day.

Strict about rules, lenient about what is not known: nulls, parts that are missing, words and fields
that came later, several issues, ids that are none.
"""

from typing import Any

import pytest

from tests.replay.recordings import Recording
from tests.replay.test_readers import (
    test_an_answer_is_read_as_what_it_says as read_rightly,
)
from tests.replay.test_readers import (
    test_an_error_keeps_its_words_and_has_its_class as error_read_rightly,
)

ISSUE = {"code": "NodeCreationFailure", "message": "Instances failed to join.", "resourceIds": None}
CLUSTER = {"name": "c", "version": "1.33", "status": "ACTIVE"}


def group(**changes: Any) -> dict[str, Any]:
    """A DescribeNodegroup answer of few fields."""
    few = {"nodegroupName": "g", "clusterName": "c", "status": "ACTIVE", "nodeRole": "arn:role",
           "subnets": ["subnet-1"], "scalingConfig": {"minSize": 0, "maxSize": 2,
                                                      "desiredSize": 1}}  # fmt: skip
    return {"nodegroup": {**few, **changes}}


def update(**changes: Any) -> dict[str, Any]:
    """A DescribeUpdate answer of few fields."""
    return {"update": {"id": "u", "status": "InProgress", "type": "VersionUpdate", **changes}}


def addon(**changes: Any) -> dict[str, Any]:
    """A DescribeAddon answer of few fields."""
    few = {"addonName": "coredns", "addonVersion": "v1.11.4-eksbuild.2", "status": "ACTIVE"}
    return {"addon": {**few, **changes}}


def asg(*instances: tuple[str, str, bool], **changes: Any) -> dict[str, Any]:
    """A DescribeAutoScalingGroups answer; instances are (id, state, protected)."""
    listed = [
        {"InstanceId": name, "LifecycleState": state, "ProtectedFromScaleIn": protected,
         "AvailabilityZone": "a", "HealthStatus": "Healthy"}
        for name, state, protected in instances
    ]  # fmt: skip
    return {"AutoScalingGroups": [{"AutoScalingGroupName": "eks-g", "DesiredCapacity": 2,
                                   "Instances": listed, **changes}]}  # fmt: skip


def activity(**changes: Any) -> dict[str, Any]:
    """A DescribeScalingActivities answer with one activity."""
    return {"Activities": [{"ActivityId": "a", "StatusCode": "Successful", **changes}]}


def insight(status: str, **changes: Any) -> dict[str, Any]:
    """A DescribeInsight answer of few fields."""
    return {"insight": {"id": "i", "insightStatus": {"status": status}, **changes}}


def image(**changes: Any) -> dict[str, Any]:
    """A DescribeImages answer with one image."""
    return {"Images": [{"ImageId": "ami-1", "Architecture": "x86_64", "State": "available",
                        **changes}]}  # fmt: skip


def versions(**changes: Any) -> dict[str, Any]:
    """A DescribeAddonVersions answer with one version."""
    return {"addons": [{"addonName": "a", "addonVersions": [{"addonVersion": "v1.2.3-eksbuild.1",
                                                            **changes}]}]}  # fmt: skip


CALLER = {"usage": "/apis/batch/v1beta1/cronjobs", "stopServingVersion": "1.25",
          "clientStats": [{"userAgent": "helm/3", "numberOfRequestsLast30Days": 7}]}  # fmt: skip

ODD: dict[str, tuple[str, dict[str, Any]]] = {
    "group: two issues, ids null and stand-ins": ("DescribeNodegroup", group(
        status="DELETE_FAILED", health={"issues": [
            ISSUE, {"code": "AccessDenied", "message": None, "resourceIds": ["DUMMY_1", "i-1"]}]})),
    "group: a code that came later": ("DescribeNodegroup", group(
        status="DEGRADED", health={"issues": [{"code": "QuantumFailure", "message": "Hm."}]})),
    "group: a status that came later": ("DescribeNodegroup", group(status="REBALANCING")),
    "group: a field that came later": ("DescribeNodegroup", group(colour={"red": True})),
    "group: every optional part null": ("DescribeNodegroup", group(
        labels=None, taints=None, tags=None, health=None, resources=None, updateConfig=None,
        launchTemplate=None, version=None, releaseVersion=None, amiType=None, diskSize=None)),
    "group: no Auto Scaling group yet": ("CreateNodegroup", group(
        status="CREATING", resources={"autoScalingGroups": []})),
    "group: template by name alone": ("DescribeNodegroup", group(
        launchTemplate={"name": "t", "version": "3"}, amiType="CUSTOM",
        releaseVersion="ami-0123456789abcdef0")),
    "group: warm pool and remote access": ("DescribeNodegroup", group(
        amiType="AL2023_ARM_64_STANDARD", warmPoolConfig={"enabled": True, "minSize": 1},
        remoteAccess={"ec2SshKey": "k", "sourceSecurityGroups": ["sg-1"]}, diskSize=20)),
    "group: Windows": ("DescribeNodegroup", group(
        amiType="WINDOWS_CORE_2022_x86_64", version="1.31", releaseVersion="1.31-2024.10.08")),
    "group: Bottlerocket, minimal update": ("DescribeNodegroup", group(
        amiType="BOTTLEROCKET_x86_64", releaseVersion="1.20.0-fcf71a47",
        updateConfig={"maxUnavailablePercentage": 33, "updateStrategy": "MINIMAL"})),
    "group: capacity block": ("DescribeNodegroup", group(capacityType="CAPACITY_BLOCK")),
    "group: reserved tags": ("DeleteNodegroup", group(
        status="DELETING", tags={"aws:cloudformation:stack-name": "s", "team": "shop"})),
    "cluster: IPv6": ("DescribeCluster", {"cluster": {
        **CLUSTER, "endpoint": "https://e", "certificateAuthority": {"data": "Q0E="},
        "kubernetesNetworkConfig": {"ipFamily": "ipv6", "serviceIpv6Cidr": "fd00::/108"}}}),
    "cluster: issues": ("DescribeCluster", {"cluster": {
        **CLUSTER, "health": {"issues": [{"code": "SubnetNotFound", "message": "gone.",
                                          "resourceIds": ["subnet-1"]}]}}}),
    "cluster: optional parts null": ("DescribeCluster", {"cluster": {
        **CLUSTER, "status": "PENDING", "computeConfig": None, "health": None, "logging": None,
        "resourcesVpcConfig": None, "kubernetesNetworkConfig": None}}),
    "cluster: Auto Mode off": ("DescribeCluster", {"cluster": {
        **CLUSTER, "status": "HIBERNATING", "computeConfig": {"enabled": False}}}),
    "update: nulls": ("DescribeUpdate", update(params=None, errors=None, createdAt=None)),
    "update: Cancelling": ("DescribeUpdate", update(status="Cancelling", type="VersionRollback")),
    "update: Cancelled without a reason": ("DescribeUpdate", update(status="Cancelled")),
    "update: errors of any kind": ("DescribeUpdate", update(status="Failed", errors=[
        {"errorCode": "IpNotAvailable", "errorMessage": "No address.", "resourceIds": None},
        {"errorCode": "Brand.New", "errorMessage": "", "resourceIds": ["DUMMY_9", "sg-1"]}])),
    "update: an error without a code": ("DescribeUpdate", update(status="Failed", errors=[
        {"errorMessage": "It went wrong."}])),
    "update: of our fence": ("UpdateNodegroupConfig", update(type="ConfigUpdate", params=[
        {"type": "TaintsToAdd", "value": '[{"key":"eks-upgrade/replaced"}]'}])),
    "updates: none": ("ListUpdates", {"updateIds": []}),
    "updates: of years": ("ListUpdates", {"updateIds": [f"u-{n}" for n in range(99)]}),
    "add-on: not well": ("DescribeAddon", addon(status="DEGRADED", health={"issues": [
        {"code": "InsufficientNumberOfReplicas", "message": "It is unhealthy.",
         "resourceIds": None}]})),
    "add-on: could not be made": ("DescribeAddon", addon(status="CREATE_FAILED")),
    "add-on: update failed": ("DescribeAddon", addon(status="UPDATE_FAILED", health=None)),
    "add-on: a status that came later": ("DescribeAddon", addon(status="MIGRATING")),
    "versions: nothing told": ("DescribeAddonVersions", versions(compatibilities=None)),
    "versions: platforms null": ("DescribeAddonVersions", versions(
        compatibilities=[{"clusterVersion": "1.33", "platformVersions": None}])),
    "versions: hybrid nodes only": ("DescribeAddonVersions", versions(
        computeTypes=["hybrid"], compatibilities=[{"clusterVersion": "1.33",
                                                   "platformVersions": ["*"]}])),
    "versions: two platforms or later": ("DescribeAddonVersions", versions(
        compatibilities=[{"clusterVersion": "1.33", "platformVersions": ["eks.2", "eks.9+"],
                          "defaultVersion": True}])),
    "versions: no such add-on": ("DescribeAddonVersions", {"addons": []}),
    "insight: UNKNOWN": ("DescribeInsight", insight("UNKNOWN", kubernetesVersion="1.34")),
    "insight: nulls": ("DescribeInsight", insight(
        "WARNING", recommendation=None, resources=None, categorySpecificSummary=None,
        lastRefreshTime=None, kubernetesVersion=None, description=None)),
    "insight: clients": ("DescribeInsight", insight(
        "ERROR", kubernetesVersion="1.25", lastRefreshTime=1700157422.0,
        resources=[{"arn": "arn:aws:eks:r:1:nodegroup/c/g/1"}, {}],
        categorySpecificSummary={"deprecationDetails": [
            CALLER, {"usage": "/apis/x/v1", "clientStats": [
                {"userAgent": "long-gone/1", "numberOfRequestsLast30Days": 0}]}]})),
    "insights: none": ("ListInsights", {"insights": []}),
    "instances on their way": ("DescribeAutoScalingGroups", asg(
        ("i-1", "EnteringStandby", True), ("i-2", "Warmed:Terminating:Wait", True),
        ("i-3", "Terminating:Proceed", True), ("i-4", "Detaching", True))),
    "instances of all kinds": ("DescribeAutoScalingGroups", asg(
        ("i-1", "InService", True), ("i-2", "Standby", True), ("i-3", "Terminating:Wait", False),
        ("i-4", "Pending:Wait", False))),
    "asg: guarded in every way": ("DescribeAutoScalingGroups", asg(
        NewInstancesProtectedFromScaleIn=True, WarmPoolConfiguration={"MinSize": 1},
        DeletionProtection="prevent-force-deletion",
        SuspendedProcesses=[{"ProcessName": "Terminate"}, {"ProcessName": "NewProcess",
                                                           "SuspensionReason": "by AWS"}])),
    "asg: tags without values": ("DescribeAutoScalingGroups", asg(
        TargetGroupARNs=["arn:tg/1"], Tags=[
            {"Key": "k8s.io/cluster-autoscaler/node-template/label/a", "PropagateAtLaunch": True},
            {"Key": "eks:cluster-name", "Value": "c"},
            {"Key": "eks:nodegroup-name", "Value": "g"}])),
    "activity: few fields": ("DescribeScalingActivities", activity(StatusCode="Failed")),
    "activity: a status that came later": ("DescribeScalingActivities", activity(
        StatusCode="WaitingForMoonlight", Description="Waiting.")),
    "activities: none": ("DescribeScalingActivities", {"Activities": []}),
    "hook without a time": ("DescribeLifecycleHooks", {"LifecycleHooks": [
        {"LifecycleHookName": "Terminate-LC-Hook",
         "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}]}),
    "refresh that bakes": ("DescribeInstanceRefreshes", {"InstanceRefreshes": [
        {"InstanceRefreshId": "r", "Status": "Baking"}]}),
    "image without a name": ("DescribeImages", image()),
    "image of Windows": ("DescribeImages", image(
        Name="Windows_Server-2022-English-Core-EKS_Optimized-1.33-2026.01.01",
        Platform="windows")),
    "image of Bottlerocket": ("DescribeImages", image(
        Name="bottlerocket-aws-k8s-1.33-x86_64-v1.20.0-fcf71a47")),
    "image that fails": ("DescribeImages", image(
        State="failed", Description="EKS-optimized Kubernetes node based on Amazon Linux 2023, "
        "(k8s: 1.34.1, containerd: 2.1.4)", DeprecationTime="2030-01-01T00:00:00.000Z")),
    "images: none": ("DescribeImages", {"Images": []}),
    "subnet": ("DescribeSubnets", {"Subnets": [
        {"SubnetId": "subnet-1", "AvailabilityZone": "eu-west-1a", "AvailableIpAddressCount": 0}]}),
    "instance types": ("DescribeInstanceTypes", {"InstanceTypes": [
        {"InstanceType": "m7g.large",
         "ProcessorInfo": {"SupportedArchitectures": ["arm64"]}}]}),
    "instances: none": ("DescribeInstances", {"Reservations": []}),
    "reservation": ("DescribeCapacityReservations", {"CapacityReservations": [
        {"CapacityReservationId": "cr-1", "State": "active", "AvailableInstanceCount": 0}]}),
    "template": ("CreateLaunchTemplate", {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}}),
    "schedule": ("DescribeScheduledActions", {"ScheduledUpdateGroupActions": [
        {"ScheduledActionName": "night", "Recurrence": "0 0 * * *"}]}),
    "policy": ("DescribePolicies", {"ScalingPolicies": [
        {"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}]}),
    "notification": ("DescribeNotificationConfigurations", {"NotificationConfigurations": [
        {"TopicARN": "arn:aws:sns:r:1:t", "AutoScalingGroupName": "eks-g",
         "NotificationType": "autoscaling:EC2_INSTANCE_LAUNCH"}]}),
    "quota": ("GetServiceQuota", {"Quota": {"QuotaCode": "L-1216C47A", "Value": 1920.0}}),
    "node groups": ("ListNodegroups", {"nodegroups": ["a", "b"]}),
    "schema of a later draft": ("DescribeAddonConfiguration", {
        "configurationSchema": '{"$schema":"https://json-schema.org/draft/2020-12/schema"}'}),
    "node with nothing but a name": ("Kubernetes GET", {"kind": "Node", "metadata": {"name": "n"}}),
    "node of Auto Mode": ("Kubernetes GET", {"kind": "Node", "metadata": {
        "name": "i-0123456789abcdef0", "labels": {
            "eks.amazonaws.com/compute-type": "auto", "karpenter.sh/nodepool": "system"}}}),
    "hybrid node of any name": ("Kubernetes GET", {"kind": "Node", "metadata": {
        "name": "my-node", "labels": {"eks.amazonaws.com/compute-type": "hybrid"}}}),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_read_as_what_it_says(name: str) -> None:
    operation, answer = ODD[name]
    read_rightly(Recording(name, operation, answer, "made for the test; partial"))


@pytest.mark.parametrize(
    ("operation", "code", "message", "status"),
    [
        pytest.param("DescribeCluster", "TooManyRequestsException", "Rate exceeded.", 429,
                     id="throttled by EKS"),
        pytest.param("DescribeAutoScalingGroups", "Throttling", "Rate exceeded", 400,
                     id="throttled by Auto Scaling"),
        pytest.param("DescribeSubnets", "RequestLimitExceeded", "Request limit exceeded.", 503,
                     id="throttled by EC2"),
        pytest.param("UpdateClusterVersion", "ServiceUnavailableException",
                     "Updates in the cell are disabled", 503, id="EKS closed a cell"),
        pytest.param("CreateNodegroup", "ResourceLimitExceededException", "No more than 30.", 400,
                     id="a quota"),
        pytest.param("DeleteAutoScalingGroup", "ResourceInUse", "There are instances.", 400,
                     id="instances left"),
        pytest.param("DescribeImages", "InvalidAMIID.Malformed", 'Invalid id: "ami"', 400,
                     id="an id that is none"),
        pytest.param("DescribeImages", "InvalidAMIID.Unavailable", "It is gone.", 400,
                     id="an image that its owner took back"),
        pytest.param("GetParameter", "ParameterVersionNotFound", "No such version.", 400,
                     id="a parameter without that version"),
        pytest.param("AssumeRole", "PackedPolicyTooLarge", "Too large.", 400,
                     id="more than STS takes"),
        pytest.param("DescribeAutoScalingGroups", "InvalidNextToken", "Not valid.", 400,
                     id="a page that is no more"),
        pytest.param("DescribeNodegroup", "throttlingException", "Slow down.", 400,
                     id="a code in other letters"),
        pytest.param("DescribeInstances", "Client.InstanceLimitExceeded", "Too many.", 400,
                     id="a code with whose fault it is"),
        pytest.param("DescribeCluster", "", "", 502, id="a gateway without a word"),
        pytest.param("DescribeCluster", "", "Forbidden", 403, id="a proxy that says no"),
        pytest.param("DescribeAutoScalingGroups", "ValidationError",
                     "AutoScalingGroup name not found - AutoScalingGroup <x> & co not found", 400,
                     id="no such group, with signs of XML"),
    ],
)  # fmt: skip
def test_an_error_in_any_protocol_keeps_its_words(
    operation: str, code: str, message: str, status: int
) -> None:
    error = {"Error": {"Code": code, "Message": message}, "status_code": status}
    error_read_rightly(Recording(code, operation, error))

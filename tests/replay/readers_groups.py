"""Auto Scaling's answers, read by the product. Each reader yields (fact, as read, as recorded)."""

from typing import Any

from include.eks_upgrade.aws.auto_scaling.activities import activity_message
from include.eks_upgrade.aws.auto_scaling.asg_extras import EKS_HOOKS, AsgExtras
from include.eks_upgrade.aws.node_groups import read_asg
from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import (
    metrics_to_copy,
    not_copied,
    notifications_to_copy,
    tags_to_copy,
)
from include.eks_upgrade.nodes.managed.new_group.clone import wanted_nodes
from include.eks_upgrade.nodes.managed.recovery.diagnosis import (
    Diagnosis,
    Evidence,
    diagnosis,
    not_ours,
)
from include.eks_upgrade.nodes.managed.recovery.guards import MAX_LISTED_ACTIVITIES
from tests.replay.door import client_of
from tests.replay.readers_eks import Facts, has
from tests.replay.recordings import Recording

ENDING = "autoscaling:EC2_INSTANCE_TERMINATING"
ITS_OWN_TAGS = ("aws:", "eks:", "kubernetes.io/cluster/", "eks-upgrade/")
NAMELESS = "a name that the writer cut"


def groups(recording: Recording) -> Facts:
    """DescribeAutoScalingGroups."""
    autoscaling = client_of("autoscaling", recording)
    read = read_asg(autoscaling, "any")
    yield "there is one", read is not None, bool(recording.answer["AutoScalingGroups"])
    for told in recording.answer["AutoScalingGroups"]:
        assert read is not None
        yield from _group({"AutoScalingGroupName": NAMELESS, **read}, told)
        break  # the reader asks for one group by its name


CHANGEABLE = {"InService", "EnteringStandby", "Standby"}
"""States in which AWS changes the protection of an instance."""

WAITING = {"Terminating:Wait", "Warmed:Terminating:Wait"}


def _group(read: Any, told: dict[str, Any]) -> Facts:
    instances = told.get("Instances") or []
    hook = {"LifecycleHookName": "h", "LifecycleTransition": ENDING, "HeartbeatTimeout": 60}
    found = diagnosis(Evidence("any", "any", None, read, hooks=[hook]))
    yield "instances", list(found.instances), [one["InstanceId"] for one in instances]
    protected = [
        one["InstanceId"]
        for one in instances
        if one.get("ProtectedFromScaleIn") and one.get("LifecycleState") in CHANGEABLE
    ]
    yield "protected", _objects(found, "instance scale-in protection"), protected
    default = bool(told.get("NewInstancesProtectedFromScaleIn"))
    yield "protects new ones", bool(found.of_kind("default scale-in protection")), default
    suspended = told.get("SuspendedProcesses") or []
    names = [one["ProcessName"] for one in suspended]
    yield "suspended", _objects(found, "suspended process"), names
    said = [one.message for one in found.of_kind("suspended process")]
    yield "why", said, [one.get("SuspensionReason") or "" for one in suspended]
    wait = [i["InstanceId"] for i in instances if i["LifecycleState"] in WAITING]
    yield "held by a hook", _objects(found, "lifecycle hook"), ["h", *wait] if wait else []
    yield "warm pool", bool(found.of_kind("warm pool")), bool(told.get("WarmPoolConfiguration"))
    kept = told.get("DeletionProtection") not in (None, "none")
    yield "may not be deleted", bool(found.of_kind("deletion protection")), kept
    if told.get("DesiredCapacity") is not None:
        yield "nodes of a new group", wanted_nodes({}, read), told["DesiredCapacity"]
    yield from _tags(read, told)


def _objects(found: Diagnosis, kind: str) -> list[str]:
    return [name for one in found.of_kind(kind) for name in one.objects]


def _tags(read: Any, told: dict[str, Any]) -> Facts:
    tags = {one["Key"]: one.get("Value") for one in told.get("Tags") or []}
    ours = (tags.get("eks:cluster-name"), tags.get("eks:nodegroup-name"))
    yield "whose it is", not_ours(read, str(ours[0]), str(ours[1])) == "", None not in ours
    copied = {one["Key"] for one in tags_to_copy(read, {"AutoScalingGroupName": "new"})}
    wanted = {key for key in tags if not key.lower().startswith(ITS_OWN_TAGS)}
    yield "tags for the new one", copied, wanted
    metrics = [name for names in metrics_to_copy(read, {}).values() for name in names]
    collected = [one["Metric"] for one in told.get("EnabledMetrics") or []]
    yield "metrics for the new one", sorted(metrics), sorted(collected)
    sentences = not_copied(read, AsgExtras())
    targets = [*(told.get("TargetGroupARNs") or []), *(told.get("LoadBalancerNames") or [])]
    for name in targets:
        yield f"{name} is told as left behind", any(name in one for one in sentences), True


def activities(recording: Recording) -> Facts:
    """DescribeScalingActivities."""
    autoscaling = client_of("autoscaling", recording)
    read = autoscaling.describe_scaling_activities(AutoScalingGroupName="any")["Activities"]
    told = recording.answer["Activities"]
    bad = [one for one in told if one.get("StatusCode") in {"Failed", "Cancelled"}]
    asg = {"AutoScalingGroupName": "any"}
    seen = diagnosis(Evidence("any", "any", None, asg, activities=read))
    found = [str(one) for one in seen.of_kind("scaling activity")]
    yield "failed and cancelled ones", len(found), min(len(bad), MAX_LISTED_ACTIVITIES)
    for text, one in zip(found, bad, strict=False):
        yield "status", str(one["StatusCode"]).lower() in text, True
        for key in ("Description", "StatusMessage"):
            words = str(one.get(key) or "").rstrip(".")
            yield f"{key} once", text.count(words) if words else 1, 1
    for one_read, one in zip(read, told, strict=True):
        yield "in a sentence", has(activity_message(one_read), one.get("Description")), True


def hooks(recording: Recording) -> Facts:
    """DescribeLifecycleHooks."""
    autoscaling = client_of("autoscaling", recording)
    read = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName="any")["LifecycleHooks"]
    told = recording.answer["LifecycleHooks"]
    held = {"InstanceId": "i-1", "LifecycleState": "Terminating:Wait"}
    asg = {"AutoScalingGroupName": "any", "Instances": [held]}
    names = [it["LifecycleHookName"] for it in told if it["LifecycleTransition"] == ENDING]
    found = diagnosis(Evidence("any", "any", None, asg, hooks=read)).of_kind("lifecycle hook")
    yield "that hold what terminates", [one.objects[0] for one in found], names
    left = " ".join(not_copied(asg, AsgExtras(hooks=read)))
    for one in told:
        name = one["LifecycleHookName"]
        yield f"{name} is told as left behind", name in left, name not in EKS_HOOKS


def refreshes(recording: Recording) -> Facts:
    """DescribeInstanceRefreshes."""
    autoscaling = client_of("autoscaling", recording)
    read = autoscaling.describe_instance_refreshes(AutoScalingGroupName="any")["InstanceRefreshes"]
    ended = {"Successful", "Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed"}
    told = recording.answer["InstanceRefreshes"]
    running = [r["InstanceRefreshId"] for r in told if r["Status"] not in {*ended, "Cancelling"}]
    asg = {"AutoScalingGroupName": "any"}
    found = diagnosis(Evidence("any", "any", None, asg, refreshes=read))
    yield "that run", _objects(found, "instance refresh"), running


def schedules(recording: Recording) -> Facts:
    """DescribeScheduledActions: each is told as left behind."""
    autoscaling = client_of("autoscaling", recording)
    answer = autoscaling.describe_scheduled_actions(AutoScalingGroupName="any")
    read = answer["ScheduledUpdateGroupActions"]
    left = " ".join(not_copied({"AutoScalingGroupName": "any"}, AsgExtras(read)))
    yield "how many", len(read), len(recording.answer["ScheduledUpdateGroupActions"])
    for one in recording.answer["ScheduledUpdateGroupActions"]:
        yield one["ScheduledActionName"], one["ScheduledActionName"] in left, True


def policies(recording: Recording) -> Facts:
    """DescribePolicies: each is told as left behind."""
    answer = client_of("autoscaling", recording).describe_policies(AutoScalingGroupName="any")
    extras = AsgExtras(policies=answer["ScalingPolicies"])
    left = " ".join(not_copied({"AutoScalingGroupName": "any"}, extras))
    yield "how many", len(extras.policies), len(recording.answer["ScalingPolicies"])
    for one in recording.answer["ScalingPolicies"]:
        yield one["PolicyName"], one["PolicyName"] in left, True


def notifications(recording: Recording) -> Facts:
    """DescribeNotificationConfigurations: each topic is told to the new group as well."""
    answer = client_of("autoscaling", recording).describe_notification_configurations()
    extras = AsgExtras(notifications=answer["NotificationConfigurations"])
    told: dict[str, set[str]] = {}
    for one in recording.answer["NotificationConfigurations"]:
        told.setdefault(one["TopicARN"], set()).add(one["NotificationType"])
    found = notifications_to_copy(extras, AsgExtras())
    yield "by topic", {topic: set(kinds) for topic, kinds in found.items()}, told

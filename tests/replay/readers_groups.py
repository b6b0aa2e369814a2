"""Auto Scaling's answers, read by the product. Each reader yields (fact, as read, as recorded)."""

from typing import Any

from include.eks_upgrade.aws.activities import activity_message
from include.eks_upgrade.aws.node_groups import read_asg
from include.eks_upgrade.nodes.managed.asg_tags import (
    AUTOSCALER_PREFIX,
    EKS_HOOKS,
    not_copied,
    tags_to_copy,
)
from include.eks_upgrade.nodes.managed.clone import wanted_nodes
from include.eks_upgrade.nodes.managed.recovery import guards as g
from include.eks_upgrade.nodes.managed.recovery.diagnosis import Evidence, diagnosis, not_ours
from tests.replay.door import client_of
from tests.replay.readers_eks import Facts, has
from tests.replay.recordings import Recording

NAMELESS = "a name that the writer cut"


def groups(recording: Recording) -> Facts:
    """DescribeAutoScalingGroups."""
    autoscaling = client_of("autoscaling", recording)
    for told in recording.answer["AutoScalingGroups"]:
        read = read_asg(autoscaling, "any")
        assert read is not None
        yield from _group({"AutoScalingGroupName": NAMELESS, **read}, told)
        break  # the reader asks for one group by its name


def _group(read: Any, told: dict[str, Any]) -> Facts:
    instances = told.get("Instances") or []
    found = diagnosis(Evidence("any", "any", None, read))
    yield "instances", list(found.instances), [one["InstanceId"] for one in instances]
    protected = [
        one["InstanceId"]
        for one in instances
        if one.get("ProtectedFromScaleIn") and one.get("LifecycleState") in {"InService", "Standby"}
    ]
    yield "protected", _objects(g.protection_guards(read), g.INSTANCE_PROTECTION), protected
    default = bool(told.get("NewInstancesProtectedFromScaleIn"))
    yield "protects new ones", bool(found.of_kind(g.DEFAULT_PROTECTION)), default
    suspended = told.get("SuspendedProcesses") or []
    processes = list(g.process_guards(read))
    yield "suspended", [one.objects[0] for one in processes], [s["ProcessName"] for s in suspended]
    said = [one.message for one in processes]
    yield "why", said, [s.get("SuspensionReason") or "" for s in suspended]
    wait = [i["InstanceId"] for i in instances if i["LifecycleState"] == "Terminating:Wait"]
    hook = {"LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}
    held = [n for it in g.hook_guards(read, [hook]) if it.kind == g.HOOK for n in it.objects[1:]]
    yield "held by a hook", held, wait
    yield "warm pool", bool(found.of_kind(g.WARM_POOL)), bool(told.get("WarmPoolConfiguration"))
    kept = told.get("DeletionProtection") not in (None, "none")
    yield "may not be deleted", bool(found.of_kind(g.DELETION_PROTECTION)), kept
    if told.get("DesiredCapacity") is not None:
        yield "nodes of a new group", wanted_nodes({}, read), told["DesiredCapacity"]
    yield from _tags(read, told)


def _objects(guards: Any, kind: str) -> list[str]:
    return [name for one in guards if one.kind == kind for name in one.objects]


def _tags(read: Any, told: dict[str, Any]) -> Facts:
    tags = {one["Key"]: one.get("Value") for one in told.get("Tags") or []}
    ours = (tags.get("eks:cluster-name"), tags.get("eks:nodegroup-name"))
    yield "whose it is", not_ours(read, str(ours[0]), str(ours[1])) == "", None not in ours
    copied = {one["Key"] for one in tags_to_copy(read, {"AutoScalingGroupName": "new"})}
    wanted = {key for key in tags if key.startswith(AUTOSCALER_PREFIX)}
    yield "tags for the new one", copied, wanted
    sentences = not_copied(read, [], [])
    targets = [*(told.get("TargetGroupARNs") or []), *(told.get("LoadBalancerNames") or [])]
    for name in targets:
        yield f"{name} is told as left behind", any(name in one for one in sentences), True


def activities(recording: Recording) -> Facts:
    """DescribeScalingActivities."""
    autoscaling = client_of("autoscaling", recording)
    read = autoscaling.describe_scaling_activities(AutoScalingGroupName="any")["Activities"]
    told = recording.answer["Activities"]
    bad = [one for one in told if one.get("StatusCode") in {"Failed", "Cancelled"}]
    found = [str(one) for one in g.activity_guards(read)]
    yield "failed and cancelled ones", len(found), min(len(bad), g.MAX_LISTED_ACTIVITIES)
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
    ending = "autoscaling:EC2_INSTANCE_TERMINATING"
    names = [it["LifecycleHookName"] for it in told if it["LifecycleTransition"] == ending]
    found = [one for one in g.hook_guards(asg, read) if one.kind == g.HOOK]
    yield "that hold what terminates", [one.objects[0] for one in found], names
    left = " ".join(not_copied(asg, [], read))
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
    yield "that run", [one.objects[0] for one in g.refresh_guards(read)], running

"""What users hang on a node group's Auto Scaling group, which DescribeNodegroup does not show.

Cluster Autoscaler's tags are copied to the green group, because without them a group cannot be
scaled up from zero. Schedules, hooks, target groups and notifications are told, not copied:
doubling them could act on both groups at once.
https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/cloudprovider/aws
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.reading import describe_asg
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

AUTOSCALER_PREFIX = "k8s.io/cluster-autoscaler/"
EKS_HOOKS = frozenset({"Launch-LC-Hook", "Terminate-LC-Hook"})
"""Lifecycle hooks that EKS itself puts on each group."""

Raw = Mapping[str, Any]


def tags_to_copy(blue: Raw, green: Raw) -> list[dict[str, Any]]:
    """Cluster Autoscaler's tags of the blue ASG that the green one lacks or has otherwise.

    Returns:
        Entries for CreateOrUpdateTags, with the propagation of the blue group's.
    """
    present = {tag["Key"]: _tag(tag, green) for tag in green.get("Tags") or ()}
    wanted = [
        _tag(tag, green)
        for tag in blue.get("Tags") or ()
        if tag["Key"].startswith(AUTOSCALER_PREFIX)
    ]
    return [tag for tag in wanted if present.get(tag["Key"]) != tag]


def _tag(tag: Raw, asg: Raw) -> dict[str, Any]:
    return {
        "ResourceId": asg["AutoScalingGroupName"],
        "ResourceType": "auto-scaling-group",
        "Key": tag["Key"],
        "Value": tag.get("Value", ""),
        "PropagateAtLaunch": bool(tag.get("PropagateAtLaunch")),
    }


def not_copied(blue: Raw, schedules: Sequence[Raw], hooks: Sequence[Raw]) -> list[str]:
    """Sentences about what the blue ASG has and the green one will not have."""
    name = blue["AutoScalingGroupName"]
    own_hooks = [
        hook["LifecycleHookName"] for hook in hooks if hook["LifecycleHookName"] not in EKS_HOOKS
    ]
    kinds = (
        ("scheduled actions", [one["ScheduledActionName"] for one in schedules]),
        ("lifecycle hooks", own_hooks),
        ("target groups", list(blue.get("TargetGroupARNs") or ())),
        ("load balancers", list(blue.get("LoadBalancerNames") or ())),
        ("traffic sources", [one["Identifier"] for one in blue.get("TrafficSources") or ()]),
    )
    # Target groups are listed as traffic sources too; once is enough.
    told: list[str] = []
    sentences = []
    for kind, names in kinds:
        fresh = [one for one in names if one not in told]
        told += fresh
        if fresh:
            sentences.append(f"{kind} of {name} are not copied: {', '.join(fresh)}")
    return sentences


def copy_asg_tags(clients: AwsClients, blue_asg: str, green_asg: str) -> StepResult:
    """Copy Cluster Autoscaler's tags to the green ASG, and tell what else the blue one has.

    Returns:
        A StepResult with data `{"copied": [tag keys], "not_copied": [sentences]}`; harmless twice.
    """
    with aws_errors_about(f"Auto Scaling groups {blue_asg} and {green_asg}"):
        blue = describe_asg(clients.autoscaling, blue_asg)
        green = describe_asg(clients.autoscaling, green_asg)
        if blue is None or green is None:
            missing = blue_asg if blue is None else green_asg
            return StepResult(f"nothing to copy: there is no Auto Scaling group {missing}")
        left = not_copied(blue, *_schedules_and_hooks(clients.autoscaling, blue_asg))
        tags: Any = tags_to_copy(blue, green)
        if tags:
            clients.autoscaling.create_or_update_tags(Tags=tags)
    keys = [tag["Key"] for tag in tags]
    text = f"copied {len(keys)} tag(s) of Cluster Autoscaler from {blue_asg} to {green_asg}"
    if left:
        text += "; " + "; ".join(left)
    return StepResult(text, changed=bool(keys), data={"copied": keys, "not_copied": left})


def _schedules_and_hooks(
    autoscaling: "AutoScalingClient", name: str
) -> tuple[list[Raw], list[Raw]]:
    schedules = autoscaling.describe_scheduled_actions(AutoScalingGroupName=name)
    hooks = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)
    return list(schedules["ScheduledUpdateGroupActions"]), list(hooks["LifecycleHooks"])

"""What users hang on a node group's Auto Scaling group, which DescribeNodegroup does not show.

Cluster Autoscaler's tags are copied to the new group, because without them a group cannot be
scaled up from zero. Schedules, hooks, target groups and notifications are named, not copied:
doubling them could act on both groups at once.
https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/cloudprovider/aws
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import EKS_HOOKS, read_asg
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

AUTOSCALER_PREFIX = "k8s.io/cluster-autoscaler/"


def tags_to_copy(old: Raw, new: Raw) -> list[dict[str, Any]]:
    """Cluster Autoscaler's tags of the old ASG that the new one lacks or has otherwise.

    Returns:
        Entries for CreateOrUpdateTags, with the propagation of the old group's.
    """
    present = {tag["Key"]: _tag(tag, new) for tag in new.get("Tags") or ()}
    wanted = [
        _tag(tag, new) for tag in old.get("Tags") or () if tag["Key"].startswith(AUTOSCALER_PREFIX)
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


def not_copied(old: Raw, schedules: Sequence[Raw], hooks: Sequence[Raw]) -> list[str]:
    """Sentences about what the old ASG has and the new one will not have."""
    name = old["AutoScalingGroupName"]
    own_hooks = [
        hook["LifecycleHookName"] for hook in hooks if hook["LifecycleHookName"] not in EKS_HOOKS
    ]
    kinds = (
        ("scheduled actions", [one["ScheduledActionName"] for one in schedules]),
        ("lifecycle hooks", own_hooks),
        ("target groups", list(old.get("TargetGroupARNs") or ())),
        ("load balancers", list(old.get("LoadBalancerNames") or ())),
        ("traffic sources", [one["Identifier"] for one in old.get("TrafficSources") or ()]),
    )
    # Target groups are listed as traffic sources too; once is enough.
    named: list[str] = []
    sentences = []
    for kind, names in kinds:
        fresh = [one for one in names if one not in named]
        named += fresh
        if fresh:
            sentences.append(f"{kind} of {name} are not copied: {', '.join(fresh)}")
    return sentences


def copy_asg_tags(clients: AwsClients, old_asg: str, new_asg: str) -> StepResult:
    """Copy Cluster Autoscaler's tags to the new ASG, and name what else the old one has.

    Returns:
        A StepResult with data `{"copied": [tag keys], "not_copied": [sentences]}`; harmless twice.
    """
    with aws_errors_about(f"Auto Scaling groups {old_asg} and {new_asg}"):
        old = read_asg(clients.autoscaling, old_asg)
        new = read_asg(clients.autoscaling, new_asg)
        if old is None or new is None:
            missing = old_asg if old is None else new_asg
            return StepResult(f"nothing to copy: there is no Auto Scaling group {missing}")
        left = not_copied(old, *_schedules_and_hooks(clients.autoscaling, old_asg))
        tags: Any = tags_to_copy(old, new)
        if tags:
            clients.autoscaling.create_or_update_tags(Tags=tags)
    keys = [tag["Key"] for tag in tags]
    text = f"copied {len(keys)} tag(s) of Cluster Autoscaler from {old_asg} to {new_asg}"
    if left:
        text += "; " + "; ".join(left)
    return StepResult(text, changed=bool(keys), data={"copied": keys, "not_copied": left})


def _schedules_and_hooks(
    autoscaling: "AutoScalingClient", name: str
) -> tuple[list[Raw], list[Raw]]:
    schedules = autoscaling.describe_scheduled_actions(AutoScalingGroupName=name)
    hooks = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)
    return list(schedules["ScheduledUpdateGroupActions"]), list(hooks["LifecycleHooks"])

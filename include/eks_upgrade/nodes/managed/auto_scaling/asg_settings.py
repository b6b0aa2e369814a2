"""What the old node group's Auto Scaling group has and the new one lacks: copied, or told. Pure.

EKS makes the new Auto Scaling group, with nothing of what people set on the old one. Copied is what
does nothing by itself to either group. Told is what would act: on both at once (schedules, scaling
policies), through a receiver that knows one group (hooks), or on traffic (target groups).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from include.eks_upgrade.aws.auto_scaling.asg_extras import EKS_HOOKS, AsgExtras
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.managed.marks import AZ_REBALANCE, REBALANCE_TAG, rests_for_us

EKS_TERMINATION_POLICIES = ("AllocationStrategy", "OldestLaunchTemplate", "OldestInstance")
"""What EKS gives its groups (seen in public listings of them)."""

_IF_ALLOWED = "if autoscaling:UpdateAutoScalingGroup is allowed"

_NOT_OURS_TO_COPY = ("aws:", "eks:", "kubernetes.io/cluster/")
"""Tags by which AWS, EKS and the cluster know the group; the new one has its own."""


def tags_to_copy(old: Raw, new: Raw) -> list[dict[str, Any]]:
    """People's tags of the old group that the new one lacks or has otherwise.

    Among them those of the Cluster Autoscaler, without which a group is not scaled up from zero.

    Returns:
        Entries for CreateOrUpdateTags, with the propagation of the old group's.
    """
    present = {tag["Key"]: _tag(tag, new) for tag in new.get("Tags") or ()}
    wanted = [_tag(tag, new) for tag in old.get("Tags") or () if _is_peoples(tag["Key"])]
    return [tag for tag in wanted if present.get(tag["Key"]) != tag]


def _is_peoples(key: str) -> bool:
    return not key.lower().startswith(_NOT_OURS_TO_COPY) and key != REBALANCE_TAG


def _tag(tag: Raw, asg: Raw) -> dict[str, Any]:
    return {
        "ResourceId": asg["AutoScalingGroupName"],
        "ResourceType": "auto-scaling-group",
        "Key": tag["Key"],
        "Value": tag.get("Value", ""),
        "PropagateAtLaunch": bool(tag.get("PropagateAtLaunch")),
    }


def settings_to_copy(old: Raw, new: Raw) -> dict[str, Any]:
    """Arguments of UpdateAutoScalingGroup without the name; empty when both are alike."""
    wanted: dict[str, Any] = {}
    lifetime, policies = old.get("MaxInstanceLifetime"), list(old.get("TerminationPolicies") or ())
    if lifetime and lifetime != new.get("MaxInstanceLifetime"):
        wanted["MaxInstanceLifetime"] = lifetime
    if policies and policies != list(new.get("TerminationPolicies") or ()):
        wanted["TerminationPolicies"] = policies
    return wanted


def metrics_to_copy(old: Raw, new: Raw) -> dict[str, list[str]]:
    """Metrics to be collected, by granularity."""
    present = {str(one["Metric"]) for one in new.get("EnabledMetrics") or ()}
    missing: dict[str, list[str]] = {}
    for one in old.get("EnabledMetrics") or ():
        if one["Metric"] not in present:
            missing.setdefault(str(one.get("Granularity") or "1Minute"), []).append(one["Metric"])
    return {granularity: sorted(names) for granularity, names in missing.items()}


def notifications_to_copy(old: AsgExtras, new: AsgExtras) -> dict[str, list[str]]:
    """Notification types by topic; a call replaces what its topic had, so all of them are named."""
    wanted, present = _by_topic(old), _by_topic(new)
    return {
        topic: sorted(kinds | present.get(topic, set()))
        for topic, kinds in wanted.items()
        if not kinds <= present.get(topic, set())
    }


def _by_topic(extras: AsgExtras) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in extras.notifications:
        found.setdefault(str(one["TopicARN"]), set()).add(str(one["NotificationType"]))
    return found


def keeps_zones_uneven(asg: Raw) -> bool:
    """Whether somebody, and not this project, has suspended AZRebalance."""
    return AZ_REBALANCE in suspended(asg) and not rests_for_us(asg)


def suspended(asg: Raw) -> tuple[str, ...]:
    """Names of the suspended processes."""
    return tuple(str(one["ProcessName"]) for one in asg.get("SuspendedProcesses") or ())


def copied_later(old: Raw, extras: AsgExtras) -> list[str]:
    """What the run will copy to a new group as EKS makes it, in words for the plan."""
    fresh = {"AutoScalingGroupName": "", "TerminationPolicies": list(EKS_TERMINATION_POLICIES)}
    settings = settings_to_copy(old, fresh)
    allowed = {name: f"{value} ({_IF_ALLOWED})" for name, value in settings.items()}
    return list(
        copied_words(
            [tag["Key"] for tag in tags_to_copy(old, fresh) if not _by_autoscaler(tag["Key"])],
            allowed,
            metrics_to_copy(old, fresh),
            notifications_to_copy(extras, AsgExtras()),
            rebalance=keeps_zones_uneven(old),
        )
    )


def _by_autoscaler(key: str) -> bool:
    """Tags that the Cluster Autoscaler finds groups by, which EKS itself puts on each group."""
    return key.startswith("k8s.io/cluster-autoscaler/") and "node-template" not in key


def copied_words(
    tags: Sequence[str],
    settings: Mapping[str, Any],
    metrics: Mapping[str, Sequence[str]],
    notifications: Mapping[str, Sequence[str]],
    *,
    rebalance: bool,
) -> Iterator[str]:
    """What is copied, a few words each."""
    if tags:
        yield f"tags {', '.join(tags)}"
    yield from (f"{name} {value}" for name, value in settings.items())
    if metrics:
        yield f"metrics {', '.join(name for names in metrics.values() for name in names)}"
    if notifications:
        yield f"notifications to {', '.join(notifications)}"
    if rebalance:
        yield f"the suspended process {AZ_REBALANCE}"


def not_copied(old: Raw, extras: AsgExtras) -> list[str]:
    """What the old group has and the new one will not have: one sentence, or none.

    The plan warns with it, and the step that copies says it again, so that a report can tell that
    it is the same.
    """
    kinds = [f"{kind}: {', '.join(names)}" for kind, names in _left_out(old, extras)]
    what = f"not copied from Auto Scaling group {old['AutoScalingGroupName']}"
    return [f"{what}: {'; '.join(kinds)}"] if kinds else []


def _left_out(old: Raw, extras: AsgExtras) -> Iterator[tuple[str, list[str]]]:
    """Each kind of it, with names."""
    kinds = (
        ("scheduled actions", [one["ScheduledActionName"] for one in extras.schedules]),
        ("scaling policies", [one["PolicyName"] for one in extras.policies]),
        ("lifecycle hooks", _own_hooks(extras)),
        ("target groups", list(old.get("TargetGroupARNs") or ())),
        ("load balancers", list(old.get("LoadBalancerNames") or ())),
        ("traffic sources", [one["Identifier"] for one in old.get("TrafficSources") or ()]),
        ("suspended processes", [one for one in suspended(old) if one != AZ_REBALANCE]),
        ("settings", list(_other_settings(old))),
    )
    # Target groups are listed as traffic sources too; once is enough.
    named: list[str] = []
    for kind, names in kinds:
        fresh = [one for one in names if one not in named]
        named += fresh
        if fresh:
            yield kind, fresh


def _own_hooks(extras: AsgExtras) -> list[str]:
    names = [str(hook["LifecycleHookName"]) for hook in extras.hooks]
    return [name for name in names if name not in EKS_HOOKS]


def _other_settings(old: Raw) -> Iterator[str]:
    if old.get("WarmPoolConfiguration"):
        yield f"the warm pool ({counted(int(old.get('WarmPoolSize', 0)), 'instance')})"
    if old.get("NewInstancesProtectedFromScaleIn"):
        yield "the scale-in protection of new instances"
    if str(old.get("DeletionProtection") or "none") != "none":
        yield f"the deletion protection ({old['DeletionProtection']})"

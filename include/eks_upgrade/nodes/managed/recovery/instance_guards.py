"""What keeps single instances of a node group: protection, hooks, Standby. Pure.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html,
https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html and
https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from include.eks_upgrade.aws.auto_scaling.asg_extras import EKS_HOOKS
from include.eks_upgrade.common.counting import agreeing
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.managed.recovery.guards import (
    EKS_HOOK,
    HOOK,
    INSTANCE_PROTECTION,
    MAY_UNPROTECT,
    RETAINED,
    STANDBY,
    Guard,
)

CAN_BE_UNPROTECTED = frozenset({"InService", "EnteringStandby", "Standby"})
"""Of an instance in another state AWS does not change the protection, and refuses the call for
all that are named with it; one that is leaving needs no change."""

_WAITING = frozenset({"Terminating:Wait", "Warmed:Terminating:Wait"})
_KEPT = frozenset({"Terminating:Retained", "Warmed:Terminating:Retained"})
_STANDING_BY = frozenset({"Standby", "EnteringStandby"})
_TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


def protection_guards(asg: Raw) -> Iterator[Guard]:
    """Instances that are protected from scale-in."""
    protected = tuple(
        one["InstanceId"]
        for one in asg.get("Instances") or ()
        if one.get("ProtectedFromScaleIn") and one.get("LifecycleState") in CAN_BE_UNPROTECTED
    )
    if protected:
        yield Guard(
            INSTANCE_PROTECTION,
            f"the Auto Scaling group {asg['AutoScalingGroupName']} protects "
            f"{', '.join(protected)} from scale-in",
            protected,
            lifted_by="SetInstanceProtection",
            allowed_by=MAY_UNPROTECT,
        )


def standby_guards(asg: Raw) -> Iterator[Guard]:
    """Instances that stand by: no scale-in takes them."""
    standing = _in_state(asg, _STANDING_BY)
    if standing:
        yield Guard(
            STANDBY,
            f"{', '.join(standing)} of Auto Scaling group {asg['AutoScalingGroupName']}"
            f" {agreeing(len(standing), 'stands', 'stand')} "
            "by (Standby), and a scale-in does not take such an instance",
            standing,
            lifted_by="ExitStandby",
            allowed_by=MAY_UNPROTECT,
        )


def hook_guards(
    asg: Raw, hooks: Sequence[Raw], activities: Sequence[Raw], now: float
) -> Iterator[Guard]:
    """Termination hooks that instances wait for, and instances kept when a hook was abandoned.

    Args:
        asg: raw Auto Scaling group.
        hooks: raw lifecycle hooks.
        activities: raw scaling activities, which tell since when an instance leaves.
        now: seconds since the epoch.
    """
    waiting = _in_state(asg, _WAITING)
    for hook in hooks if waiting else ():
        if hook.get("LifecycleTransition") != _TERMINATING:
            continue
        if hook["LifecycleHookName"] in EKS_HOOKS:
            yield from _eks_hook(hook, waiting, activities, now)
        else:
            yield _hook(hook, waiting)
    kept = _in_state(asg, _KEPT)
    if kept:
        yield Guard(
            RETAINED,
            f"{', '.join(kept)} are retained by the group's instance lifecycle policy: terminate "
            "them by hand in EC2",
            kept,
        )


def _hook(hook: Raw, waiting: Sequence[str]) -> Guard:
    return Guard(
        HOOK,
        f"{', '.join(waiting)} may wait for the lifecycle hook "
        f"{hook['LifecycleHookName']}, at most {hook.get('HeartbeatTimeout')} s at a time",
        (hook["LifecycleHookName"], *waiting),
        lifted_by="CompleteLifecycleAction",
        allowed_by=MAY_UNPROTECT,
    )


def _eks_hook(
    hook: Raw, waiting: Sequence[str], activities: Sequence[Raw], now: float
) -> Iterator[Guard]:
    """EKS drains the node and then answers its hook; only one that had its time is answered."""
    patience = timedelta(seconds=float(hook.get("HeartbeatTimeout") or 0))
    ends = {one: since + patience for one in waiting if (since := _leaves_since(one, activities))}
    moment = datetime.fromtimestamp(now, UTC)
    young = [one for one, end in ends.items() if end > moment]
    if young:
        last = max(ends[one] for one in young)
        yield Guard(
            EKS_HOOK,
            f"{first_few(young)} {agreeing(len(young), 'waits', 'wait')} for EKS's own"
            f" lifecycle hook {hook['LifecycleHookName']}, "
            f"in which EKS drains the node: it goes on by itself at {last:%H:%M} UTC at the latest",
            (hook["LifecycleHookName"], *young),
        )
    old = [one for one in waiting if one not in young]
    if old:
        yield _hook(hook, old)


def _leaves_since(instance: str, activities: Sequence[Raw]) -> datetime | None:
    """When Auto Scaling began to terminate an instance; None when no activity tells it any more."""
    return next(
        (
            one["StartTime"]
            for one in activities
            if instance in str(one.get("Description"))
            and str(one.get("Description")).startswith("Terminating")
            and one.get("StartTime")
        ),
        None,
    )


def _in_state(asg: Raw, states: frozenset[str]) -> tuple[str, ...]:
    instances = asg.get("Instances") or ()
    return tuple(one["InstanceId"] for one in instances if one.get("LifecycleState") in states)

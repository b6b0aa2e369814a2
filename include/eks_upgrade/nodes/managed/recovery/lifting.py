"""How each guard is lifted: one call or a few, harmless when repeated.

A group that EKS has begun to delete meanwhile answers every change with a ValidationError ("may
not be modified while it is pending delete", "not found"), and so does an instance that is leaving.
Both are looked at again, and taken for passed when that is so.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.errors import error_code, error_message
from include.eks_upgrade.aws.node_groups import read_asg
from include.eks_upgrade.common.errors import Busy
from include.eks_upgrade.nodes.managed.recovery import guards as g
from include.eks_upgrade.nodes.managed.recovery.guards import Guard
from include.eks_upgrade.nodes.managed.recovery.instance_guards import CAN_BE_UNPROTECTED

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

PROTECTION_BATCH = 50
"""Instances that one SetInstanceProtection takes (its API reference)."""

STANDBY_BATCH = 20
"""Instances that one ExitStandby takes (its API reference)."""


def is_going(autoscaling: "AutoScalingClient", asg: str) -> bool:
    """Whether an Auto Scaling group is gone, or on its way."""
    found = read_asg(autoscaling, asg)
    return found is None or bool(found.get("Status"))


def refused_in_passing(autoscaling: "AutoScalingClient", asg: str, error: ClientError) -> bool:
    """Whether Auto Scaling refused a change only because the group is going or gone."""
    return error_code(error) == "ValidationError" and is_going(autoscaling, asg)


def lift(autoscaling: "AutoScalingClient", asg: str, guard: Guard) -> None:
    """Lift one guard.

    Raises:
        Busy: an instance is on its way into Standby and cannot be called back yet.
        ClientError: AWS refused it, and the group is not going.
    """
    for kind, act in LIFTS:
        if guard.kind == kind:
            try:
                act(autoscaling, asg, guard)
            except ClientError as error:
                if not refused_in_passing(autoscaling, asg, error):
                    raise


def _lift_default(autoscaling: "AutoScalingClient", asg: str, _: Guard) -> None:
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=asg, NewInstancesProtectedFromScaleIn=False
    )


def _lift_instances(autoscaling: "AutoScalingClient", asg: str, guard: Guard) -> None:
    for batch in _batches(guard.objects, PROTECTION_BATCH):
        try:
            _unprotect(autoscaling, asg, batch)
        except ClientError as error:
            if error_code(error) != "ValidationError":
                raise
            # One instance that has begun to leave since the look refuses all of them.
            for instance in _still_protected(autoscaling, asg, batch):
                _unprotect_one(autoscaling, asg, instance)


def _unprotect(autoscaling: "AutoScalingClient", asg: str, ids: Sequence[str]) -> None:
    autoscaling.set_instance_protection(
        AutoScalingGroupName=asg, InstanceIds=list(ids), ProtectedFromScaleIn=False
    )


def _unprotect_one(autoscaling: "AutoScalingClient", asg: str, instance: str) -> None:
    try:
        _unprotect(autoscaling, asg, [instance])
    except ClientError as error:
        if error_code(error) != "ValidationError" or _still_protected(autoscaling, asg, [instance]):
            raise


def _still_protected(
    autoscaling: "AutoScalingClient", asg: str, ids: Sequence[str]
) -> tuple[str, ...]:
    found = read_asg(autoscaling, asg) or {}
    return tuple(
        str(one["InstanceId"])
        for one in found.get("Instances") or ()
        if one["InstanceId"] in ids
        and one.get("ProtectedFromScaleIn")
        and one.get("LifecycleState") in CAN_BE_UNPROTECTED
    )


def _lift_process(autoscaling: "AutoScalingClient", asg: str, guard: Guard) -> None:
    autoscaling.resume_processes(AutoScalingGroupName=asg, ScalingProcesses=list(guard.objects))


def _lift_standby(autoscaling: "AutoScalingClient", asg: str, guard: Guard) -> None:
    """Back into service, for which there must be room; the sizes are put back by `_lift_size`."""
    found = read_asg(autoscaling, asg) or {}
    states = {one["InstanceId"]: one.get("LifecycleState") for one in found.get("Instances") or ()}
    standing = [one for one in guard.objects if states.get(one) == "Standby"]
    if standing:
        room = int(found["DesiredCapacity"]) + len(standing)
        if room > int(found["MaxSize"]):
            autoscaling.update_auto_scaling_group(AutoScalingGroupName=asg, MaxSize=room)
        for batch in _batches(standing, STANDBY_BATCH):
            _call_back(autoscaling, asg, batch)
        _lift_size(autoscaling, asg, guard)
    entering = [one for one in guard.objects if states.get(one) == "EnteringStandby"]
    if entering:
        raise Busy(
            f"{', '.join(entering)} of Auto Scaling group {asg} is on its way into Standby, and "
            "can be called back only when it is there. Try again in a minute"
        )


def _call_back(autoscaling: "AutoScalingClient", asg: str, ids: Sequence[str]) -> None:
    """ExitStandby. One that was done, and repeated for want of an answer, is refused and passed."""
    try:
        autoscaling.exit_standby(AutoScalingGroupName=asg, InstanceIds=list(ids))
    except ClientError as error:
        if error_code(error) != "ValidationError" or _standing_by(autoscaling, asg, ids):
            raise


def _standing_by(autoscaling: "AutoScalingClient", asg: str, ids: Sequence[str]) -> tuple[str, ...]:
    found = read_asg(autoscaling, asg) or {}
    return tuple(
        str(one["InstanceId"])
        for one in found.get("Instances") or ()
        if one["InstanceId"] in ids and one.get("LifecycleState") == "Standby"
    )


def _lift_size(autoscaling: "AutoScalingClient", asg: str, _: Guard) -> None:
    """The sizes that EKS gives a group it deletes."""
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=asg, MinSize=0, MaxSize=0, DesiredCapacity=0
    )


def _lift_hook(autoscaling: "AutoScalingClient", asg: str, guard: Guard) -> None:
    hook, *instances = guard.objects
    for instance in instances:
        try:
            autoscaling.complete_lifecycle_action(
                AutoScalingGroupName=asg,
                LifecycleHookName=hook,
                InstanceId=instance,
                LifecycleActionResult="CONTINUE",
            )
        except ClientError as error:
            # "No active Lifecycle Action found": it waits for another hook, or waits no more.
            if error_code(error) != "ValidationError":
                raise


def _lift_refresh(autoscaling: "AutoScalingClient", asg: str, _: Guard) -> None:
    try:
        autoscaling.cancel_instance_refresh(
            AutoScalingGroupName=asg, WaitForTransitioningInstances=False
        )
    except ClientError as error:
        if error_code(error) != "ActiveInstanceRefreshNotFound":
            raise


def _batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


# The default first, so that nothing that starts meanwhile is protected again; sizes before the
# process that would act on them is resumed.
LIFTS: tuple[tuple[str, Callable[["AutoScalingClient", str, Guard], None]], ...] = (
    (g.DEFAULT_PROTECTION, _lift_default),
    (g.INSTANCE_PROTECTION, _lift_instances),
    (g.STANDBY, _lift_standby),
    (g.SIZE, _lift_size),
    (g.SUSPENDED, _lift_process),
    (g.HOOK, _lift_hook),
    (g.REFRESH, _lift_refresh),
)


def force_delete(autoscaling: "AutoScalingClient", asg: str) -> None:
    """Delete a group with its instances; one that is gone, or going, needs nothing more."""
    try:
        autoscaling.delete_auto_scaling_group(AutoScalingGroupName=asg, ForceDelete=True)
    except ClientError as error:
        # Auto Scaling has no code of its own for a group that is gone.
        gone = "not found" in error_message(error).lower()
        if not gone and not refused_in_passing(autoscaling, asg, error):
            raise

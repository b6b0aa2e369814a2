"""Standby: instances that their group keeps and does not count.

A scale-in does not terminate them, so a node group whose instance stands by cannot be deleted:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from include.rehearsal.aws.autoscaling.group import Member, RehearsalGroup
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.errors import validation

EXIT_LIMIT: Final = 20  # instance ids per ExitStandby call


def enter(group: RehearsalGroup, ids: Sequence[str], *, decrement: bool) -> list[dict[str, Any]]:
    """EnterStandby: the group gets smaller, or starts others for those that stand by."""
    found = _members(group, ids, "InService")
    desired = int(group.desired_capacity or 0)
    if decrement and desired - len(found) < group.min_size:
        raise validation(
            f"AutoScalingGroup {group.name} has min-size={group.min_size}, max-size="
            f"{group.max_size}, and desired-size={desired}. To place into standby "
            f"{len(found)} more instances, please update the AutoScalingGroup sizes appropriately."
        )
    for member in found:
        member.lifecycle_state = "EnteringStandby"
        world().clock.later(world().timings.instance_start, partial(_move, member, "Standby"))
    if decrement:
        group.desired_capacity = desired - len(found)
    done = [group.record(f"Moving EC2 instance to Standby: {one}", "Successful") for one in ids]
    group.reconcile()
    return done


def _move(member: Member, state: str) -> None:
    if member.lifecycle_state == "EnteringStandby":
        member.lifecycle_state = state


def leave(group: RehearsalGroup, ids: Sequence[str]) -> list[dict[str, Any]]:
    """ExitStandby: the desired size is raised by as many, and must stay within the maximum."""
    if len(ids) > EXIT_LIMIT:
        raise validation(f"The number of instance ids must not exceed {EXIT_LIMIT}.")
    found = _members(group, ids, "Standby")
    desired = int(group.desired_capacity or 0) + len(found)
    if desired > group.max_size:  # inferred, as for SetDesiredCapacity; no document has the words
        raise validation(
            f"AutoScalingGroup {group.name} has min-size={group.min_size}, max-size="
            f"{group.max_size}, and desired-size={desired - len(found)}. To put back in service "
            f"{len(found)} more instances, please update the AutoScalingGroup sizes appropriately."
        )
    group.desired_capacity = desired
    for member in found:
        member.lifecycle_state = "InService"
    return [group.record(f"Moving EC2 instance out of Standby: {one}", "Successful") for one in ids]


def _members(group: RehearsalGroup, ids: Sequence[str], state: str) -> list[Member]:
    found = []
    for instance_id in ids:
        member = group.member(instance_id)
        if member is None:
            raise validation(
                f"The instance {instance_id} is not part of Auto Scaling group {group.name}."
            )
        if member.lifecycle_state != state:
            raise validation(f"The instance {instance_id} is not in {state}.")
        found.append(member)
    return found

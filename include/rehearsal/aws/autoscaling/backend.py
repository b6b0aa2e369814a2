"""The Auto Scaling groups of a region: moto's backend with what it lacks or gets wrong."""

from typing import Any

from moto.autoscaling.models import AutoScalingBackend

from include.rehearsal.aws.autoscaling import standby
from include.rehearsal.aws.autoscaling.activities import termination_cause
from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.errors import AwsError, validation

LOST = "an EC2 health check indicating it has been terminated or stopped"
PROTECTION_LIMIT = 50  # instance ids per SetInstanceProtection call
PROTECTABLE = ("InService", "EnteringStandby", "Standby")


class AutoScalingRegion(AutoScalingBackend):  # type: ignore[misc]  # moto is untyped
    """The Auto Scaling groups of one region."""

    def group(self, name: str) -> RehearsalGroup:
        """The group of that name.

        Raises:
            AwsError: ValidationError, as AWS answers for an unknown group.
        """
        found: RehearsalGroup | None = self.autoscaling_groups.get(name)
        if found is None:
            raise validation("AutoScalingGroup name not found - null")
        return found

    def forget(self, name: str) -> None:
        """The group no longer exists, nor do its hooks."""
        self.autoscaling_groups.pop(name, None)
        for key in [k for k in self.lifecycle_hooks if k.startswith(f"{name}_")]:
            self.lifecycle_hooks.pop(key)

    def create_auto_scaling_group(self, *args: Any, **kwargs: Any) -> Any:
        """Create a group.

        Raises:
            AwsError: AlreadyExists.
        """
        if kwargs.get("name") in self.autoscaling_groups:
            raise AwsError("AlreadyExists", "AutoScalingGroup by this name already exists")
        return super().create_auto_scaling_group(*args, **kwargs)

    def update_auto_scaling_group(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Change a group; the desired capacity must lie between minimum and maximum."""
        group = self.group(name)
        group.check_changeable()
        low = group.min_size if kwargs.get("min_size") is None else kwargs["min_size"]
        high = group.max_size if kwargs.get("max_size") is None else kwargs["max_size"]
        desired = kwargs.get("desired_capacity")
        if low > high:
            raise validation(
                f"Max bound, {high}, must be greater than or equal to min bound, {low}"
            )
        if desired is None:
            kwargs["desired_capacity"] = min(max(group.desired_capacity, low), high)
        elif not low <= desired <= high:
            raise validation(
                f"Desired capacity:{desired} must be between the specified min size:{low} and "
                f"max size:{high}"
            )
        return super().update_auto_scaling_group(name, *args, **kwargs)

    def set_desired_capacity(self, group_name: str, desired_capacity: int | None) -> None:
        """Set the size, within the group's bounds."""
        group = self.group(group_name)
        wanted = int(desired_capacity or 0)
        if wanted > group.max_size:
            raise validation(
                f"New SetDesiredCapacity value {wanted} is above max value {group.max_size} "
                "for the AutoScalingGroup."
            )
        if wanted < group.min_size:
            raise validation(
                f"New SetDesiredCapacity value {wanted} is below min value {group.min_size} "
                "for the AutoScalingGroup."
            )
        group.set_desired_capacity(wanted)

    def delete_group(self, name: str, *, force: bool) -> None:
        """Delete a group as ForceDelete says (API_DeleteAutoScalingGroup)."""
        group = self.group(name)
        group.check_deletable(force=force)
        group.start_deletion()

    def suspend_processes(self, group_name: str, scaling_processes: list[str]) -> None:
        """Suspend processes of a known group."""
        self._check_processes(group_name)
        super().suspend_processes(group_name, scaling_processes)

    def resume_processes(self, group_name: str, scaling_processes: list[str]) -> None:
        """Resume processes and catch up with what they would have done."""
        self._check_processes(group_name)
        super().resume_processes(group_name, scaling_processes)
        self.group(group_name).reconcile()

    def _check_processes(self, group_name: str) -> None:
        # https://github.com/cloud-custodian/cloud-custodian/issues/497
        if self.group(group_name).status is not None:
            raise validation(
                "Processes may not be suspended while the AutoScaling group is pending delete"
            )

    def create_or_update_tags(self, tags: list[dict[str, str]]) -> None:
        """Tags of known groups that are not being deleted."""
        for tag in tags:
            self.group(tag["ResourceId"]).check_changeable()
        super().create_or_update_tags(tags)

    def delete_tags(self, tags: list[dict[str, str]]) -> None:
        """Take tags off known groups."""
        for tag in tags:
            self.group(tag["ResourceId"]).check_changeable()
        super().delete_tags(tags)

    def enter_standby_instances(
        self, group_name: str, instance_ids: list[str], should_decrement: bool
    ) -> list[dict[str, Any]]:
        """EnterStandby; see `standby.enter`."""
        return standby.enter(self.group(group_name), instance_ids, decrement=should_decrement)

    def exit_standby_instances(
        self, group_name: str, instance_ids: list[str]
    ) -> list[dict[str, Any]]:
        """ExitStandby; see `standby.leave`."""
        return standby.leave(self.group(group_name), instance_ids)

    def set_instance_protection(
        self, group_name: str, instance_ids: list[str], protected_from_scale_in: bool | None
    ) -> None:
        """Protect or unprotect at most 50 instances, then continue a pending scale-in."""
        group = self.group(group_name)
        if len(instance_ids) > PROTECTION_LIMIT:
            raise validation(
                f"The number of instance ids must not exceed {PROTECTION_LIMIT}; "
                f"{len(instance_ids)} were given."
            )
        # One bad id refuses the whole call, and nothing is changed; an instance that is leaving is
        # a bad one: https://github.com/guardian/riff-raff/issues/510
        for instance_id in instance_ids:
            member = group.member(instance_id)
            if member is None:
                raise validation(
                    f"The instance {instance_id} is not part of Auto Scaling group {group_name}."
                )
            if member.lifecycle_state not in PROTECTABLE:
                raise validation(
                    f"The instance {instance_id} is not in InService or EnteringStandby or Standby."
                )
        super().set_instance_protection(group_name, instance_ids, protected_from_scale_in)
        group.reconcile()

    def terminate_in_group(self, instance_id: str, *, decrement: bool) -> dict[str, Any]:
        """Terminate one instance whatever its protection; return the activity."""
        group = self._group_of(instance_id)
        member = group.member(instance_id)
        desired = int(group.desired_capacity or 0)
        if decrement and 0 < desired <= group.min_size:
            raise validation(
                f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance "
                "without replacement will violate group's min size constraint. Either set "
                "shouldDecrementDesiredCapacity flag to false or lower group's min size."
            )
        if decrement:
            group.desired_capacity = max(0, desired - 1)
        assert member is not None  # noqa: S101 - _group_of just found it
        activity: dict[str, Any] = group.begin_termination(member, "a user request")
        group.reconcile()
        return activity

    def _group_of(self, instance_id: str) -> RehearsalGroup:
        for group in self.autoscaling_groups.values():
            if group.member(instance_id):
                return group  # type: ignore[no-any-return]  # moto is untyped
        raise validation(
            f"Instance Id not found - No managed instance found for instance ID: {instance_id}"
        )

    def notify_terminate_instances(self, instance_ids: list[str]) -> None:
        """EC2 terminated instances behind the groups' backs: they are replaced."""
        for group in list(self.autoscaling_groups.values()):
            lost = [m for m in group.instance_states if m.instance_id in instance_ids]
            for member in lost:
                now, before = world().clock.datetime(), len(group.live())
                cause = termination_cause(now, member.instance_id, LOST, before)
                group.instance_states.remove(member)
                text = f"Terminating EC2 instance: {member.instance_id}"
                group.record(text, "Successful", cause)
            if lost:
                group.reconcile()

    def delete_lifecycle_hook(self, as_name: str, name: str) -> None:
        """Remove a hook; instances it holds go on with CONTINUE."""
        if f"{as_name}_{name}" not in self.lifecycle_hooks:
            raise validation(f"No Lifecycle Hook found - Lifecycle Hook '{name}' not found")
        super().delete_lifecycle_hook(as_name, name)
        group = self.group(as_name)
        for instance_id in list(group.waiting):
            group.complete_hook(name, instance_id)

    def create_lifecycle_hook(self, *args: Any, **kwargs: Any) -> Any:
        """Put a hook on a known group; without moto's invented role and queue."""
        self.group(kwargs["as_name"])
        hook = super().create_lifecycle_hook(*args, **kwargs)
        hook.role_arn = None
        hook.notification_target_arn = None
        return hook

"""An Auto Scaling group that behaves: launches over time, scale-in guards, real activities.

Behaviour follows https://docs.aws.amazon.com/autoscaling/ec2/userguide/ pages on instance
protection, lifecycle hooks and suspended processes.
"""

from functools import partial
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from include.rehearsal.aws.autoscaling import capacity
from include.rehearsal.aws.autoscaling.activities import (
    DIFFERENCE,
    activity,
    details,
    launch_cause,
    no_scale_in_cause,
    termination_cause,
)
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.errors import AwsError, validation

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
EKS_TERMINATE_HOOK = "Terminate-LC-Hook"
ALL_PROTECTED = (
    "Could not scale to desired capacity because all remaining instances are protected "
    "from scale-in."
)
UNHEALTHY = "Instance became unhealthy"
"""A launch that ends so is Cancelled, not Failed: describe-scaling-activities-cancelled-kms of
tests/recordings/aws."""
LIVE_STATES = ("Pending", "InService")


class Member(InstanceState):  # type: ignore[misc]  # moto is untyped
    """One instance of a group, with the template version it was really launched from."""

    version = "$Default"

    @property
    def launch_template(self) -> dict[str, Any] | None:
        """The launch template as DescribeAutoScalingGroups shows it for an instance."""
        template = self.auto_scaling_group.ec2_launch_template
        if template is None:
            return None
        return {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Version": self.version,
        }


class RehearsalGroup(FakeAutoScalingGroup):  # type: ignore[misc]  # moto is untyped
    """moto's group with time, guards and a history."""

    mixed_instances_policy: dict[str, Any] | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.activities: list[dict[str, Any]] = []
        self.waiting: dict[str, set[str]] = {}
        self.refreshes: list[dict[str, Any]] = []
        self.deletion_protection = "none"
        self.status: str | None = None
        self.traffic_sources: list[dict[str, str]] = []
        self._reasons: dict[str, str] = {}
        self.max_instance_lifetime: int | None = None
        self.notifications: dict[str, list[str]] = {}
        self._running: dict[str, dict[str, Any]] = {}
        self._sizes: list[tuple[float, int | None]] = []
        super().__init__(*args, **kwargs)
        self.created_time = world().clock.datetime()

    def __reduce__(self) -> Any:
        raise TypeError("an Auto Scaling group cannot be copied")

    # --- description ------------------------------------------------------------------

    @property
    def launch_template(self) -> dict[str, Any] | None:
        """Its template as it stands at the top; None where the instances' policy names it."""
        if self.mixed_instances_policy:
            return None
        shown: dict[str, Any] | None = super().launch_template
        return shown

    def take_template_version(self, version: str) -> None:
        """New instances start from this version."""
        self.launch_template_version = self.provided_launch_template_version = version
        if self.mixed_instances_policy:
            template = self.mixed_instances_policy["LaunchTemplate"]
            template["LaunchTemplateSpecification"]["Version"] = version

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Change what the request names; moto drops a policy that it does not name."""
        kept = self.mixed_instances_policy
        super().update(*args, **kwargs)
        if kept and not (kwargs.get("mixed_instances_policy") or kwargs.get("launch_template")):
            self.mixed_instances_policy = kept

    @property
    def suspended_processes(self) -> list[dict[str, str]]:
        """Each suspended process with the time at which somebody suspended it."""
        return [
            {"ProcessName": process, "SuspensionReason": reason}
            for process, reason in self._reasons.items()
        ]

    @suspended_processes.setter
    def suspended_processes(self, processes: list[str]) -> None:
        now = f"User suspended at {world().clock.datetime():%Y-%m-%dT%H:%M:%SZ}"
        self._reasons = {one: self._reasons.get(one, now) for one in sorted(processes)}

    # --- capacity ---------------------------------------------------------------------

    @property
    def desired_capacity(self) -> int | None:
        """How many instances it is to have."""
        return self._sizes[-1][1]

    @desired_capacity.setter
    def desired_capacity(self, size: int | None) -> None:
        self._sizes.append((world().clock.now(), size))

    def desired_at(self, moment: float) -> int | None:
        """How many it was to have then; at first as many as when it was made."""
        known = [size for at, size in self._sizes if at <= moment]
        return known[-1] if known else self._sizes[0][1]

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Set the size (the minimum when None) and start moving towards it."""
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        self.reconcile()

    def live(self) -> list[Member]:
        """Instances that count towards the desired capacity."""
        return [m for m in self.instance_states if m.lifecycle_state in LIVE_STATES]

    def suspended(self, process: str) -> bool:
        """Whether a scaling process is suspended."""
        return process in self._reasons

    def reconcile(self) -> None:
        """Launch or terminate what separates the group from its desired capacity."""
        if self.status is not None:  # being deleted: nothing is replaced any more
            return
        excess = len(self.live()) - int(self.desired_capacity or 0)
        if excess < 0 and not self.suspended("Launch"):
            for _ in range(-excess):
                self._launch()
        elif excess > 0 and not self.suspended("Terminate"):
            self._scale_in(excess)

    def _scale_in(self, excess: int) -> None:
        leaving = [m for m in self.live() if not m.protected_from_scale_in][:excess]
        for member in leaving:
            self.begin_termination(member, DIFFERENCE)
        if len(leaving) < excess:
            self._record_none_may_go(len(self.live()))

    # --- launching --------------------------------------------------------------------

    def _launch(self) -> None:
        subnet = self._emptiest_subnet()
        version = self.ec2_launch_template.get_version(self.launch_template_version)
        problem = self._launch_problem(version.data.get("ImageId", "")) or capacity.problem(
            self.ec2_backend, subnet, version.instance_type, version.data
        )
        if problem:
            status = "Cancelled" if problem.startswith(UNHEALTHY) else "Failed"
            self.record_launch("Launching a new EC2 instance.", status, subnet, message=problem)
            return
        tags = {**self.get_propagated_tags(), "aws:autoscaling:groupName": self.name}
        reservation = self.ec2_backend.run_instances(
            version.data.get("ImageId", ""),
            1,
            version.user_data,
            version.security_groups,
            instance_type=version.instance_type,
            tags={"instance": {**tags, **version.instance_tags}},
            launch_template={
                "LaunchTemplateId": self.ec2_launch_template.id,
                "Version": str(version.number),
            },
            is_instance_type_default=False,
            region_name=self.region,
            placement=None,
            associate_public_ip=False,
            subnet_id=subnet,
        )
        capacity.take(version.data)
        self._add(reservation.instances[0], str(version.number))

    def _launch_problem(self, image: str) -> str | None:
        if self.name in world().launch_problems:
            return world().launch_problems[self.name]
        if image in self.ec2_backend.amis:
            return None
        return f"The image id '[{image}]' does not exist. Launching EC2 instance failed."

    def _emptiest_subnet(self) -> str | None:
        if not self.vpc_zone_identifier:
            return None
        # A zone without capacity is passed over for another one:
        # https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html
        used = [m.instance.subnet_id for m in self.live()]
        subnets = self.vpc_zone_identifier.split(",")
        room = [s for s in subnets if self._zone_of(s) not in world().full_zones]
        return str(min(room or subnets, key=used.count))

    def _zone_of(self, subnet: str) -> str:
        return str(self.ec2_backend.get_subnet(subnet).availability_zone)

    def _add(self, instance: Any, version: str) -> None:
        instance.autoscaling_group = self
        instance.launch_time = world().clock.datetime()
        member = Member(
            instance,
            lifecycle_state="Pending",
            protected_from_scale_in=self.new_instances_protected_from_scale_in,
        )
        member.version = version
        self.instance_states.append(member)
        text = f"Launching a new EC2 instance: {instance.id}"
        self._running[instance.id] = self.record_launch(text, "InProgress", instance.subnet_id)
        world().clock.later(world().timings.instance_start, lambda: self._in_service(member))
        for listener in world().launched:
            listener(self, instance)

    def _in_service(self, member: Member) -> None:
        if member.lifecycle_state == "Pending":
            member.lifecycle_state = "InService"
            self._finish(member.instance_id)

    # --- terminating ------------------------------------------------------------------

    def begin_termination(self, member: Member, reason: str) -> dict[str, Any]:
        """Take an instance out of service; termination hooks hold it in Terminating:Wait."""
        instance_id = member.instance_id
        if member.lifecycle_state.startswith("Terminating"):
            return self._running[instance_id]
        now, place = world().clock.datetime(), member.instance
        cause = termination_cause(now, instance_id, reason, len(self.live()))
        activity = self.record(f"Terminating EC2 instance: {instance_id}", "InProgress", cause)
        activity["Details"] = details(place.subnet_id, place.placement.zone)
        self._running[instance_id] = activity
        # The hooks of this moment: one that is put later does not hold this instance.
        hooks = self._termination_hooks()
        self.waiting[instance_id] = {hook.name for hook in hooks}
        member.lifecycle_state = "Terminating:Wait"
        for hook in hooks:
            timeout = partial(self.complete_hook, hook.name, instance_id)
            world().clock.later(hook.heartbeat_timeout, timeout)
        # EKS's hook is what drains the node; a group without it loses its instance undrained.
        if EKS_TERMINATE_HOOK in self.waiting[instance_id]:
            for listener in world().leaving:
                listener(self, member.instance)
        self._proceed_when_free(member)
        return activity

    def _termination_hooks(self) -> list[Any]:
        hooks = self.autoscaling_backend.describe_lifecycle_hooks(self.name)
        return [hook for hook in hooks if hook.lifecycle_transition == TERMINATING]

    def complete_hook(self, name: str, instance_id: str) -> bool:
        """One hook lets go of an instance; False when it was not holding it."""
        held = self.waiting.get(instance_id, set())
        if name not in held:
            return False
        held.discard(name)
        member = self.member(instance_id)
        if member:
            self._proceed_when_free(member)
        return True

    @property
    def on_its_way(self) -> bool:
        """Whether the group or one of its instances goes, or waits for EKS's own hook."""
        held = any(EKS_TERMINATE_HOOK in names for names in self.waiting.values())
        states = {one.lifecycle_state for one in self.instance_states}
        return held or self.status is not None or bool(states & {"Terminating:Proceed"})

    def _proceed_when_free(self, member: Member) -> None:
        if self.waiting.get(member.instance_id) or member.lifecycle_state != "Terminating:Wait":
            return
        member.lifecycle_state = "Terminating:Proceed"
        world().clock.later(world().timings.instance_stop, lambda: self.terminate_now(member))

    def terminate_now(self, member: Member) -> None:
        """The instance is gone: from EC2, from this group, from Kubernetes."""
        if member not in self.instance_states:
            return
        self.instance_states.remove(member)
        self.waiting.pop(member.instance_id, None)
        self.ec2_backend.terminate_instances([member.instance_id])
        self._finish(member.instance_id)
        self.reconcile()

    def member(self, instance_id: str) -> Member | None:
        """The instance of this group with that id, or None."""
        return next((m for m in self.instance_states if m.instance_id == instance_id), None)

    # --- history ----------------------------------------------------------------------

    def record(
        self, description: str, status: str, cause: str = "", *, message: str = ""
    ) -> dict[str, Any]:
        """Add a scaling activity (newest first), in the shape of DescribeScalingActivities."""
        now = world().clock.datetime()
        cause = cause or f"At {now:%Y-%m-%dT%H:%M:%SZ} a user request changed the group."
        made = activity(self, now, description, status, cause, message=message)
        self.activities.insert(0, made)
        return made

    def record_launch(
        self, description: str, status: str, subnet: str | None, *, message: str = ""
    ) -> dict[str, Any]:
        """Add the activity of one instance that is started, or that could not be."""
        before = len(self.live()) - (status == "InProgress")
        after = max(int(self.desired_capacity or 0), before + 1)
        cause = launch_cause(world().clock.datetime(), before, after)
        made = self.record(description, status, cause, message=message)
        made["Details"] = details(subnet, self._zone_of(subnet) if subnet else "")
        return made

    def _record_none_may_go(self, before: int) -> None:
        sizes = (int(self.min_size), int(self.max_size), int(self.desired_capacity or 0))
        cause = no_scale_in_cause(world().clock.datetime(), sizes, before)
        self.record(ALL_PROTECTED, "Cancelled", cause)

    def _finish(self, instance_id: str) -> None:
        activity = self._running.pop(instance_id, None)
        if activity:
            now = world().clock.datetime()
            activity.update({"StatusCode": "Successful", "Progress": 100, "EndTime": now})

    # --- deletion ---------------------------------------------------------------------

    def check_deletable(self, *, force: bool) -> None:
        """Refuse a deletion that AWS would refuse.

        Raises:
            AwsError: ValidationError (deletion protection), ScalingActivityInProgress or
                ResourceInUse (instances left and no force).
        """
        protection = self.deletion_protection
        if protection == "prevent-all-deletion" or (force and protection != "none"):
            raise AwsError(
                "ValidationError",
                f"Auto Scaling group '{self.name}' cannot be deleted because its deletion "
                f"protection is set to {protection}.",
            )
        if force:
            return
        if any(m.lifecycle_state.startswith("Terminating") for m in self.instance_states):
            raise AwsError(
                "ScalingActivityInProgress",
                "You cannot delete an AutoScalingGroup while there are scaling activities in "
                "progress for that group.",
            )
        if self.instance_states:
            raise AwsError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
                "instance request(s) still in the group.",
            )

    def check_changeable(self) -> None:
        """Refuse a change while the group is being deleted.

        Raises:
            AwsError: ValidationError, https://github.com/kubernetes/kops/issues/1001.
        """
        if self.status is not None:
            raise validation("The AutoScaling group may not be modified while it is pending delete")

    def start_deletion(self) -> None:
        """Terminate everything without hooks and protection; the group ends after its instances.

        It stays visible for a while then: `internal/service/autoscaling/group.go` of Terraform's
        provider waits for its "Delete in progress" to end.
        """
        if self.status is not None:
            return
        self.status = "Delete in progress"
        self.desired_capacity = 0
        for member in self.instance_states:
            member.lifecycle_state = "Terminating"
        stop = world().timings.instance_stop if self.instance_states else 0.0
        world().clock.later(stop, self._empty)
        world().clock.later(stop + world().timings.asg_delete, self._end)

    def _empty(self) -> None:
        for member in list(self.instance_states):
            self.terminate_now(member)

    def _end(self) -> None:
        self.autoscaling_backend.forget(self.name)

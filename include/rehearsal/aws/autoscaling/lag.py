"""Auto Scaling groups as DescribeAutoScalingGroups shows them when it is behind.

Off unless `faults.scaling_lag_seconds` is set. Only what is shown is late: a size that was set
counts at once, its instances start, and calls about them are taken. For so long a new group is not
listed, an instance that was started is missing, and the desired size is the old one. That the
Auto Scaling group of a node group appears later is known from Terraform's provider
(internal/service/eks/node_group.go); how long it takes is not.
"""

from typing import Any

from include.rehearsal.aws.autoscaling.group import Member, RehearsalGroup
from include.rehearsal.aws.current_world import world


class LateGroup:
    """A group as it was: whatever is not named here is as it is."""

    def __init__(self, group: RehearsalGroup, until: float) -> None:
        self._group, self._until = group, until

    def __getattr__(self, name: str) -> Any:
        return getattr(self._group, name)

    @property
    def desired_capacity(self) -> int | None:
        """The size that was wanted then."""
        return self._group.desired_at(self._until)

    @property
    def instances(self) -> list[Member]:
        """Instances that had been started by then."""
        return [
            member
            for member in self._group.instance_states
            if member.instance.launch_time.timestamp() <= self._until
        ]


def seen(groups: list[RehearsalGroup]) -> list[Any]:
    """The groups as a description of this moment shows them."""
    seconds = world().faults.scaling_lag_seconds
    if seconds <= 0:
        return groups
    until = world().clock.now() - seconds
    return [LateGroup(each, until) for each in groups if each.created_time.timestamp() <= until]

"""What people set on an Auto Scaling group beside its sizes, and moto does not keep."""

from collections.abc import Sequence
from typing import Any, Final

from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.errors import validation

ALL_METRICS: Final = (
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupMaxSize",
    "GroupMinSize",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
)
DAY: Final = 86_400
YEAR: Final = 365 * DAY


def set_lifetime(group: RehearsalGroup, seconds: int) -> None:
    """MaxInstanceLifetime: at least a day; 0 takes it away."""
    if seconds and not DAY <= seconds <= YEAR:
        raise validation(f"Maximum instance lifetime must be between {DAY} and {YEAR} seconds")
    group.max_instance_lifetime = seconds or None


def put_notifications(group: RehearsalGroup, topic: str, kinds: Sequence[str]) -> None:
    """PutNotificationConfiguration: it replaces what the topic was told of this group before."""
    if not topic or not kinds:
        raise validation("A topic and at least one notification type are needed")
    group.notifications[topic] = sorted(set(kinds))


def notifications(groups: Sequence[RehearsalGroup]) -> list[dict[str, Any]]:
    """DescribeNotificationConfigurations: an entry for each group, topic and type."""
    return [
        {"AutoScalingGroupName": group.name, "TopicARN": topic, "NotificationType": kind}
        for group in groups
        for topic, kinds in group.notifications.items()
        for kind in kinds
    ]

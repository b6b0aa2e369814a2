"""Reading what people hang on an Auto Scaling group. Changes nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.common.raw import Raw

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


def read_asg_extras(autoscaling: "AutoScalingClient", name: str) -> AsgExtras:
    """Ask about one group; one that is gone has nothing.

    Raises:
        Refused, Unreachable, UnexpectedResponse: see aws/errors.py.
    """
    with aws_errors_about(f"Auto Scaling group {name}"):
        return _ask(autoscaling, name)


def ask_asg_extras(
    autoscaling: "AutoScalingClient", name: str
) -> tuple[AsgExtras | None, tuple[str, ...]]:
    """The same for the plan, which can do without: None and a sentence where it is not allowed."""
    with aws_errors_about(f"Auto Scaling group {name}"):
        try:
            return _ask(autoscaling, name), ()
        except ClientError as error:
            if error_code(error) not in DENIED:
                raise
            what = (
                f"what else Auto Scaling group {name} has (notifications, scaling policies, "
                f"schedules, hooks) could not be asked: {error_message(error)}"
            )
            return None, (what,)


def _ask(autoscaling: "AutoScalingClient", name: str) -> AsgExtras:
    of: dict[str, Any] = {"AutoScalingGroupName": name}
    return AsgExtras(
        schedules=all_pages(
            autoscaling, "describe_scheduled_actions", "ScheduledUpdateGroupActions", **of
        ),
        hooks=_hooks(autoscaling, name),
        policies=all_pages(autoscaling, "describe_policies", "ScalingPolicies", **of),
        notifications=all_pages(
            autoscaling,
            "describe_notification_configurations",
            "NotificationConfigurations",
            AutoScalingGroupNames=[name],
        ),
    )


def _hooks(autoscaling: "AutoScalingClient", name: str) -> Sequence[Raw]:
    """Not in pages; for a group that is gone it is an error, where the others are empty."""
    try:
        return autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
    except ClientError as error:
        if error_code(error) == "ValidationError":
            return ()
        raise

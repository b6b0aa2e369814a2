"""Copying what people set on the old Auto Scaling group to the new one; harmless when repeated."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.aws.auto_scaling.read_asg_extras import read_asg_extras
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.error_codes import DENIED, PROPAGATION_TRIES
from include.eks_upgrade.aws.errors import aws_errors_about, error_code
from include.eks_upgrade.aws.node_groups import read_asgs
from include.eks_upgrade.common.errors import Busy
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.nodes.managed.auto_scaling import asg_settings as s
from include.eks_upgrade.nodes.managed.marks import AZ_REBALANCE
from include.eks_upgrade.nodes.managed.recovery.lifting import refused_in_passing

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


def copy_asg(clients: AwsClients, old_asg: str, new_asg: str) -> StepResult:
    """Copy what does no harm, and name what else the old group has.

    Args:
        clients: Auto Scaling is read and changed.
        old_asg: name of the old group's Auto Scaling group.
        new_asg: name of the new group's.

    Returns:
        A StepResult with data `{"copied": [words], "not_copied": [sentences]}`.

    Raises:
        Busy: Auto Scaling does not show the new group, which EKS has named a moment ago.
    """
    autoscaling = clients.autoscaling
    found = read_asgs(autoscaling, old_asg, new_asg)
    old, new = found.get(old_asg), found.get(new_asg)
    if new is None:
        raise Busy(_not_seen(new_asg), PROPAGATION_TRIES)
    if old is None or new.get("Status"):
        missing = old_asg if old is None else new_asg
        return StepResult(f"nothing is copied: Auto Scaling group {missing} is gone or going")
    extras = read_asg_extras(autoscaling, old_asg)
    there = read_asg_extras(autoscaling, new_asg) if extras.notifications else AsgExtras()
    with aws_errors_about(f"Auto Scaling groups {old_asg} and {new_asg}"):
        try:
            copied, refused = _copy(autoscaling, old, new, extras, there)
        except ClientError as error:
            if not refused_in_passing(autoscaling, new_asg, error):
                raise
            return StepResult(f"nothing more is copied: Auto Scaling group {new_asg} is going")
    left = [*refused, *s.not_copied(old, extras)]
    text = f"copied from Auto Scaling group {old_asg} to {new_asg}: "
    text += "; ".join(copied) if copied else "nothing, it has all of it"
    text += "".join(f"; {one}" for one in left)
    return StepResult(text, changed=bool(copied), data={"copied": copied, "not_copied": left})


def _not_seen(asg: str) -> str:
    return (
        f"Auto Scaling group {asg} of the new node group is not there, or Auto Scaling does not "
        "show it yet. Nothing was changed; try again in some minutes"
    )


def _copy(
    autoscaling: "AutoScalingClient", old: Raw, new: Raw, extras: AsgExtras, there: AsgExtras
) -> tuple[list[str], list[str]]:
    """Make the calls that are needed; what was copied, in words, and what could not be."""
    to: dict[str, Any] = {"AutoScalingGroupName": new["AutoScalingGroupName"]}
    tags: Any = s.tags_to_copy(old, new)
    if tags:
        autoscaling.create_or_update_tags(Tags=tags)
    settings = s.settings_to_copy(old, new)
    refused = _copy_settings(autoscaling, to, settings) if settings else ""
    metrics = s.metrics_to_copy(old, new)
    for granularity, names in metrics.items():
        autoscaling.enable_metrics_collection(**to, Granularity=granularity, Metrics=names)
    notifications = s.notifications_to_copy(extras, there)
    for topic, kinds in notifications.items():
        autoscaling.put_notification_configuration(**to, TopicARN=topic, NotificationTypes=kinds)
    rebalance = s.keeps_zones_uneven(old) and AZ_REBALANCE not in s.suspended(new)
    if rebalance:
        autoscaling.suspend_processes(**to, ScalingProcesses=[AZ_REBALANCE])
    keys = [tag["Key"] for tag in tags]
    done = {} if refused else settings
    words = list(s.copied_words(keys, done, metrics, notifications, rebalance=rebalance))
    return words, [refused] if refused else []


def _copy_settings(
    autoscaling: "AutoScalingClient", to: dict[str, Any], settings: dict[str, Any]
) -> str:
    """Copy them, or say why not: the right is one of `may_unprotect`'s, and not everybody's."""
    try:
        autoscaling.update_auto_scaling_group(**to, **settings)
    except ClientError as error:
        if error_code(error) not in DENIED:
            raise
        named = ", ".join(f"{name} {value}" for name, value in settings.items())
        return (
            f"settings are not copied, autoscaling:UpdateAutoScalingGroup is not allowed: {named}"
        )
    return ""

"""Deleting the old node group: asked for once, watched, and explained when it does not go.

EKS empties the group's nodes without holding back for disruption budgets and without a force
flag (https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html), so the
group is only deleted once this project's own drain has left no evictable pod on it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.auto_scaling.activities import activity_message
from include.eks_upgrade.aws.calls import is_not_found
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.aws.node_groups import asg_name, read_node_group
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Busy, Problem
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.managed.deletion_health import health_told

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

MAX_LISTED_LEFT = 7
"""The node group, its Auto Scaling group and some instances."""

_OVER = {"terminated"}


def may_delete(pods_left: Sequence[str]) -> Problem | None:
    """Why a group may not be deleted now, or None when it may.

    Args:
        pods_left: `namespace/name` of each evictable pod that still is on the group's nodes.
    """
    if not pods_left:
        return None
    return Problem(
        subject="old node group",
        what=f"{counted(len(pods_left), 'evictable pod is', 'evictable pods are')} still on"
        " its nodes: "
        f"{first_few(sorted(pods_left))}; EKS would remove them without asking their disruption "
        "budgets",
        remedy=f"repeat {Stage.DRAIN.title}, and go on when it has ended",
    )


def delete_group(clients: AwsClients, cluster: str, name: str) -> StepResult:
    """Ask EKS to delete a node group, unless it is going or gone; never twice in one state.

    The caller has asked `may_delete` first.

    Returns:
        A StepResult with data `{"state": "gone"|"deleting", "asg_name": name|None}`.

    Raises:
        Busy: EKS is at work on the group; a retry in minutes is useful.
        Unreachable, Refused, UnexpectedResponse: see aws/errors.py.
    """
    with aws_errors_about(f"node group {name} of cluster {cluster}"):
        group = read_node_group(clients.eks, cluster, name)
        if group is None:
            return _result(f"node group {name} is gone already", "gone", None, changed=False)
        asg = asg_name(group)
        if group.get("status") == "DELETING":
            return _result(f"node group {name} is being deleted", "deleting", asg, changed=False)
        try:
            clients.eks.delete_nodegroup(clusterName=cluster, nodegroupName=name)
        except ClientError as error:
            if is_not_found(error):
                return _result(f"node group {name} is gone already", "gone", asg, changed=False)
            if error_code(error) == "ResourceInUseException":
                raise _busy(name, error) from error
            raise
    again = " again" if group.get("status") == "DELETE_FAILED" else ""
    return _result(f"asked EKS to delete node group {name}{again}", "deleting", asg, changed=True)


def _result(text: str, state: str, asg: str | None, *, changed: bool) -> StepResult:
    return StepResult(text, changed=changed, data={"state": state, "asg_name": asg})


def _busy(name: str, error: ClientError) -> Busy:
    return Busy(
        f"node group {name} cannot be deleted at this moment. EKS says: {error_message(error)}. "
        "Nothing was changed; try again when that has ended"
    )


def deletion_outcome(
    group: Raw | None,
    *,
    since: float,
    now: float,
    stall_minutes: float,
    asg: Raw | None = None,
    activities: Sequence[Raw] = (),
) -> Outcome:
    """What has become of a deletion that was asked for.

    Args:
        group: raw node group, None when it is gone.
        since: when the deletion was asked for, seconds since the epoch.
        now: the same clock.
        stall_minutes: minutes after which a deletion that has not ended is looked into.
        asg: the raw Auto Scaling group, where the caller has looked.
        activities: its raw scaling activities, newest first.

    Returns:
        Done with data `{"state": "gone"}` or `{"state": "stuck", "why": …}`: being stuck is not
        a failure, the ladder of recovery comes next. Otherwise NotYet.
    """
    if group is None:
        return Done("the node group is gone", {"state": "gone", "why": ""})
    name, status, minutes = group["nodegroupName"], str(group.get("status")), (now - since) / 60
    said = _what_aws_says(group, asg, activities)
    if status == "DELETE_FAILED":
        why = f"EKS could not delete node group {name} (DELETE_FAILED){said}"
        return Done(why, {"state": "stuck", "why": why})
    if minutes >= stall_minutes:
        why = f"node group {name} is still {status} after {counted(round(minutes), 'minute')}{said}"
        return Done(why, {"state": "stuck", "why": why})
    return NotYet(f"node group {name} is {status}{said}")


def _what_aws_says(group: Raw, asg: Raw | None, activities: Sequence[Raw]) -> str:
    """What EKS and Auto Scaling say, as the rest of a sentence."""
    parts = []
    health = health_told(group)
    if health:
        parts.append(f"EKS says: {health}")
    if asg:
        parts.append(_instances_message(asg.get("Instances") or ()))
    if activities:
        parts.append(f"Auto Scaling says: {activity_message(activities[0])}")
    return "".join(f"; {part}" for part in parts)


def _instances_message(instances: Sequence[Raw]) -> str:
    listed = [f"{one['InstanceId']} ({one.get('LifecycleState')})" for one in instances]
    return f"{counted(len(listed), 'instance')} left" + (f": {first_few(listed)}" if listed else "")


def gone_outcome(group: Raw | None, asg: Raw | None, instances: Sequence[Raw]) -> Outcome:
    """Whether node group, Auto Scaling group and instances are all gone.

    Args:
        group: raw node group, None when it is gone.
        asg: raw Auto Scaling group, None when it is gone.
        instances: raw EC2 instances of it, from `read_instances`.
    """
    if group is not None and group.get("status") == "DELETE_FAILED":
        return Failed(
            f"node group {group['nodegroupName']}: EKS could not delete it (DELETE_FAILED). EKS "
            f"says: {health_told(group) or 'no reason'}. Remove the cause and repeat "
            f"{Stage.LAST_DELETION.title}"
        )
    left = []
    if group is not None:
        left.append(f"node group {group['nodegroupName']} ({group.get('status')})")
    if asg is not None:
        status = asg.get("Status") or _instances_message(asg.get("Instances") or ())
        left.append(f"Auto Scaling group {asg['AutoScalingGroupName']} ({status})")
    alive = [one for one in instances if one["State"]["Name"] not in _OVER]
    left += [f"instance {one['InstanceId']} ({one['State']['Name']})" for one in alive]
    if left:
        return NotYet(f"still there: {first_few(left, MAX_LISTED_LEFT)}")
    text = "node group, Auto Scaling group and instances are gone"
    return Done(text, {"state": "gone", "why": ""})


def read_instances(ec2: "EC2Client", asg: str | None) -> list[Raw]:
    """The raw instances that an Auto Scaling group started and that have not terminated.

    Found by the tag that Auto Scaling puts on each, so that they are found after the group is
    gone too. Empty when `asg` is None.
    """
    filters: Any = instance_filters(asg)
    if not filters:
        return []
    pages = ec2.get_paginator("describe_instances").paginate(Filters=filters)
    with aws_errors_about(f"instances of Auto Scaling group {asg}"):
        return [one for page in pages for held in page["Reservations"] for one in held["Instances"]]


def instance_filters(asg: str | None) -> list[dict[str, Any]]:
    """DescribeInstances filters for the instances of an Auto Scaling group that still exist."""
    if not asg:
        return []
    states = ["pending", "running", "shutting-down", "stopping", "stopped"]
    return [
        {"Name": "tag:aws:autoscaling:groupName", "Values": [asg]},
        {"Name": "instance-state-name", "Values": states},
    ]

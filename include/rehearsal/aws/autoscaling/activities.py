"""Scaling activities in Auto Scaling's shape and words.

Source: tests/recordings/aws/describe-scaling-activities-*.json, and for what is terminated
https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-verify-scaling-activity.html.
"""

import json
from datetime import datetime
from typing import Any

from moto.moto_api._internal import mock_random

DIFFERENCE = "a difference between desired and actual capacity"


def launch_cause(now: datetime, before: int, after: int) -> str:
    """Why an instance is started."""
    return (
        f"At {now:%Y-%m-%dT%H:%M:%SZ} an instance was started in response to {DIFFERENCE}, "
        f"increasing the capacity from {before} to {after}."
    )


def termination_cause(now: datetime, instance_id: str, reason: str, before: int) -> str:
    """Why an instance is taken out of service."""
    at = f"At {now:%Y-%m-%dT%H:%M:%SZ}"
    return (
        f"{at} an instance was taken out of service in response to {reason}, shrinking the "
        f"capacity from {before} to {before - 1}.  {at} instance {instance_id} was selected for "
        "termination."
    )


def no_scale_in_cause(now: datetime, sizes: tuple[int, int, int], before: int) -> str:
    """Why no instance could be taken out of service; sizes are minimum, maximum and desired."""
    at, (low, high, desired) = f"At {now:%Y-%m-%dT%H:%M:%SZ}", sizes
    return (
        f"{at} a user request update of AutoScalingGroup constraints to min: {low}, max: {high}, "
        f"desired: {desired} changing the desired capacity from {before} to {desired}. {at} group "
        "reached equilibrium."
    )


def details(subnet: str | None, zone: str) -> str:
    """Where it happens, as the JSON text that Auto Scaling makes of it."""
    found = {"Subnet ID": subnet, "Availability Zone": zone}
    return json.dumps({k: v for k, v in found.items() if v}, separators=(",", ":"))


def activity(
    group: Any, now: datetime, description: str, status: str, cause: str, *, message: str = ""
) -> dict[str, Any]:
    """A new activity of a group; what has a message tells it at the end of its description, too."""
    ended = status != "InProgress"
    return {
        "ActivityId": str(mock_random.uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": f"{description}  Status Reason: {message}" if message else description,
        "Cause": cause,
        "StartTime": now,
        **({"EndTime": now} if ended else {}),
        "StatusCode": status,
        **({"StatusMessage": message} if message else {}),
        "Progress": 100 if ended else 0,
        "Details": "{}",
    }

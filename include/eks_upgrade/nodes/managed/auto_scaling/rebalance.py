"""Auto Scaling's own evening out of zones (AZRebalance), which must rest while a group is drained.

It takes nodes away by itself, with the pods on them, and starts others in their place
(https://github.com/aws/containers-roadmap/issues/1453, eksctl-io/eksctl#8711). EKS does not suspend
it. That it was suspended here says a tag of ours on the Auto Scaling group, put there before: a run
that dies between the two leaves a tag with nothing to give back, never a suspension that nobody
knows of. What others have suspended stays theirs.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_asg
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import suspended
from include.eks_upgrade.nodes.managed.marks import AZ_REBALANCE, REBALANCE_TAG, rests_for_us
from include.eks_upgrade.nodes.managed.recovery.lifting import refused_in_passing

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


_MAX_VALUE = 256
"""Characters of a tag's value (API_Tag of Auto Scaling)."""


def suspend_rebalance(autoscaling: "AutoScalingClient", asg: Raw | None, mark: str) -> bool:
    """Suspend AZRebalance of a group and mark that it was done here.

    Args:
        autoscaling: it is changed.
        asg: raw Auto Scaling group; None: there is none, and nothing to do.
        mark: who does it: the run.

    Returns:
        Whether anything was changed.
    """
    if asg is None or asg.get("Status"):
        return False
    resting, marked = AZ_REBALANCE in suspended(asg), rests_for_us(asg)
    if resting:  # ours already, or somebody else's
        return False
    name = str(asg["AutoScalingGroupName"])
    with aws_errors_about(f"Auto Scaling group {name}"):
        try:
            if not marked:
                autoscaling.create_or_update_tags(Tags=[_tag(name, mark)])
            autoscaling.suspend_processes(
                AutoScalingGroupName=name, ScalingProcesses=[AZ_REBALANCE]
            )
        except ClientError as error:
            if not refused_in_passing(autoscaling, name, error):
                raise
            return False
    return True


def give_back_rebalance(autoscaling: "AutoScalingClient", name: str) -> None:
    """Resume AZRebalance and take our tag off, in this order; what is done is not done again."""
    found = read_asg(autoscaling, name)
    with aws_errors_about(f"Auto Scaling group {name}"):
        try:
            if found is None or AZ_REBALANCE in suspended(found):
                autoscaling.resume_processes(**_process(name))
            autoscaling.delete_tags(Tags=[_key(name)])
        except ClientError as error:
            if not refused_in_passing(autoscaling, name, error):
                raise


def _process(name: str) -> Any:
    return {"AutoScalingGroupName": name, "ScalingProcesses": [AZ_REBALANCE]}


def _key(name: str) -> Any:
    return {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": REBALANCE_TAG}


def _tag(name: str, mark: str) -> Any:
    value = f"suspended by {mark}"[:_MAX_VALUE]
    return {**_key(name), "Value": value, "PropagateAtLaunch": False}

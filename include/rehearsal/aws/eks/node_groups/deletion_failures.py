"""What EKS says of a node group whose deletion failed.

The texts and that two issues stand side by side: public notes of three who met it
(a suspended Terminate), https://github.com/eksctl-io/eksctl/issues/4203 (a security group).
"""

from typing import Any

from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.eks.node_groups.resources import members
from include.rehearsal.aws.eks.state import EksRegion, GroupState

Issue = dict[str, Any]


def issues_of(region: EksRegion, group: GroupState, asg: RehearsalGroup) -> list[Issue]:
    """The health issues, by what keeps the Auto Scaling group."""
    left = [m.instance_id for m in members(region, group)]
    if not left:
        return [_undeletable(asg)]
    if asg.suspended("Terminate"):
        return [_suspended(asg), _misleading(group)]
    if any(r["Status"] == "InProgress" for r in asg.refreshes):
        return [_refreshing(asg)]
    return [
        {
            "code": "NodeTerminationFailure",
            "message": f"Instances of Auto Scaling group {asg.name} could not be terminated: "
            f"{', '.join(left)}",
            "resourceIds": left,
        }
    ]


def _undeletable(asg: RehearsalGroup) -> Issue:
    return {
        "code": "AutoScalingGroupInvalidConfiguration",
        "message": f"Auto Scaling group {asg.name} could not be deleted: its deletion "
        f"protection is set to {asg.deletion_protection}.",
        "resourceIds": [asg.name],
    }


def _suspended(asg: RehearsalGroup) -> Issue:
    return {
        "code": "AutoScalingGroupInvalidConfiguration",
        "message": "Couldn't terminate instances in ASG as Terminate process is suspended",
        "resourceIds": [asg.name],
    }


def _misleading(group: GroupState) -> Issue:
    """It says so with the authentication mode API, too, where there is no such ConfigMap."""
    return {
        "code": "AccessDenied",
        "message": "Your worker nodes do not have access to the cluster. Verify if the node "
        "instance role is present and correctly configured in the aws-auth ConfigMap.",
        "resourceIds": [group.raw["nodeRole"]],
    }


def _refreshing(asg: RehearsalGroup) -> Issue:
    return {
        "code": "AutoScalingGroupInstanceRefreshActive",
        "message": f"An instance refresh of {asg.name} is in progress.",
        "resourceIds": [asg.name],
    }

"""What can keep a node group from going, read from raw answers of EKS and Auto Scaling. Pure.

What keeps single instances is in `instance_guards.py`.

What each guard does to a deletion:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/resource-deletion-protection.html and
https://docs.aws.amazon.com/autoscaling/ec2/userguide/suspend-resume-considerations.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.aws.auto_scaling.activities import words_of
from include.eks_upgrade.aws.facts import real_ids
from include.eks_upgrade.aws.readings.instance_refreshes import CANCELLING, unended
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few, unstopped
from include.eks_upgrade.nodes.managed.deletion_health import (
    MISLEADING,
    is_misleading,
    issues_of,
)
from include.eks_upgrade.nodes.managed.marks import AZ_REBALANCE, rests_for_us

MAY_UNPROTECT, MAY_DELETE_ASG = "may_unprotect", "may_delete_asg"

HEALTH = "health"
ACTIVITY = "scaling activity"
DEFAULT_PROTECTION = "default scale-in protection"
INSTANCE_PROTECTION = "instance scale-in protection"
SUSPENDED = "suspended process"
STANDBY = "standby instance"
HOOK = "lifecycle hook"
EKS_HOOK = "lifecycle hook of EKS"
SIZE = "desired size"
REFRESH = "instance refresh"
RETAINED = "retained instance"
WARM_POOL = "warm pool"
DELETION_PROTECTION = "deletion protection"
OPERATOR = "operator"

MAX_LISTED_ACTIVITIES = 3


@dataclass(frozen=True)
class Guard:
    """One thing that keeps the group.

    Attributes:
        kind: one of this module's words.
        what: a sentence's worth: what it is, on which group.
        objects: the instances, hooks, processes or refreshes it is about.
        message: AWS's own words about it, '' if it gave none.
        lifted_by: the AWS action that lifts it; '' when this project has none.
        allowed_by: the parameter that allows that action; '' when there is none.
    """

    kind: str
    what: str
    objects: tuple[str, ...] = ()
    message: str = ""
    lifted_by: str = ""
    allowed_by: str = ""

    def __str__(self) -> str:
        return f"{self.what} (AWS says: {self.message})" if self.message else self.what

    def as_json(self) -> dict[str, Any]:
        """The guard as plain JSON."""
        return {**asdict(self), "objects": list(self.objects)}


def health_guards(group: Raw) -> Iterator[Guard]:
    """Each health issue of the node group, in EKS's words."""
    issues = issues_of(group)
    for issue in issues:
        objects = real_ids(issue.get("resourceIds"))
        what = f"EKS reports {issue.get('code')} for node group {group['nodegroupName']}"
        what += f", about {first_few(objects)}" if objects else ""
        what += f"; {MISLEADING}" if is_misleading(issue, issues) else ""
        yield Guard(HEALTH, what, objects, unstopped(str(issue.get("message") or "")))


def activity_guards(activities: Sequence[Raw]) -> Iterator[Guard]:
    """The newest scaling activities that were cancelled or failed, in Auto Scaling's words."""
    bad = [one for one in activities if one.get("StatusCode") in {"Failed", "Cancelled"}]
    for one in bad[:MAX_LISTED_ACTIVITIES]:
        said, message = words_of(one)
        what = f"Auto Scaling has {str(one['StatusCode']).lower()}: {said}"
        objects = (str(one["ActivityId"]),) if one.get("ActivityId") else ()
        cause = "" if one.get("StatusMessage") else unstopped(str(one.get("Cause") or ""))
        yield Guard(ACTIVITY, what, objects, message or ("" if cause in said else cause))


def default_guards(asg: Raw) -> Iterator[Guard]:
    """Scale-in protection of instances that are yet to come."""
    name = asg["AutoScalingGroupName"]
    if asg.get("NewInstancesProtectedFromScaleIn"):
        yield Guard(
            DEFAULT_PROTECTION,
            f"the Auto Scaling group {name} protects each new instance from scale-in",
            (name,),
            lifted_by="UpdateAutoScalingGroup",
            allowed_by=MAY_UNPROTECT,
        )


def size_guards(group: Raw, asg: Raw) -> Iterator[Guard]:
    """A group in deletion that still wants instances: somebody raised what EKS had set to zero."""
    desired = int(asg.get("DesiredCapacity") or 0)
    if desired and group.get("status") in {"DELETING", "DELETE_FAILED"}:
        yield Guard(
            SIZE,
            f"the Auto Scaling group {asg['AutoScalingGroupName']} wants"
            f" {counted(desired, 'instance')}, "
            "though its node group is being deleted",
            (asg["AutoScalingGroupName"],),
            lifted_by="UpdateAutoScalingGroup",
            allowed_by=MAY_UNPROTECT,
        )


def process_guards(asg: Raw) -> Iterator[Guard]:
    """Suspended processes; without Terminate no instance goes, the others do no harm here."""
    for one in asg.get("SuspendedProcesses") or ():
        process, stops = one["ProcessName"], one["ProcessName"] == "Terminate"
        if process == AZ_REBALANCE and rests_for_us(asg):
            continue
        yield Guard(
            SUSPENDED,
            f"the process {process} of Auto Scaling group {asg['AutoScalingGroupName']} is "
            "suspended" + ("" if stops else " (this does not stop a deletion)"),
            (process,),
            str(one.get("SuspensionReason") or ""),
            lifted_by="ResumeProcesses" if stops else "",
            allowed_by=MAY_UNPROTECT if stops else "",
        )


def refresh_guards(refreshes: Sequence[Raw]) -> Iterator[Guard]:
    """An instance refresh that has not ended, nor is being cancelled."""
    for one in unended(refreshes):
        if one.get("Status") != CANCELLING:
            yield Guard(
                REFRESH,
                f"the instance refresh {one.get('InstanceRefreshId')} is {one.get('Status')}",
                (str(one.get("InstanceRefreshId")),),
                str(one.get("StatusReason") or ""),
                lifted_by="CancelInstanceRefresh",
                allowed_by=MAY_UNPROTECT,
            )


def group_guards(asg: Raw) -> Iterator[Guard]:
    """Guards of the Auto Scaling group as a whole: warm pool, deletion protection, operator."""
    name = asg["AutoScalingGroupName"]
    if asg.get("WarmPoolConfiguration"):
        yield Guard(
            WARM_POOL,
            f"the Auto Scaling group {name} has a warm pool of "
            f"{counted(int(asg.get('WarmPoolSize', 0)), 'instance')}",
            (name,),
            lifted_by="DeleteAutoScalingGroup",
            allowed_by=MAY_DELETE_ASG,
        )
    protection = str(asg.get("DeletionProtection") or "none")
    if protection != "none":
        yield Guard(
            DELETION_PROTECTION,
            f"the Auto Scaling group {name} is protected from deletion ({protection})",
            (name,),
            lifted_by="UpdateAutoScalingGroup",
            allowed_by=MAY_DELETE_ASG,
        )
    operator = (asg.get("Operator") or {}).get("Principal")
    if operator:
        yield Guard(
            OPERATOR,
            f"only {operator} may change the Auto Scaling group {name}; nothing of this project "
            "passes that",
            (name,),
            str(operator),
        )

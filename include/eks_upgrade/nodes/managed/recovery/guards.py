"""What can keep a node group from going, read from raw answers of EKS and Auto Scaling. Pure.

What each guard does to a deletion:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html,
https://docs.aws.amazon.com/autoscaling/ec2/userguide/resource-deletion-protection.html and
https://docs.aws.amazon.com/autoscaling/ec2/userguide/suspend-resume-considerations.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.aws.activities import words_of
from include.eks_upgrade.aws.facts import real_ids
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few, unstopped

MAY_UNPROTECT, MAY_DELETE_ASG = "may_unprotect", "may_delete_asg"

HEALTH = "health"
ACTIVITY = "scaling activity"
DEFAULT_PROTECTION = "default scale-in protection"
INSTANCE_PROTECTION = "instance scale-in protection"
SUSPENDED = "suspended process"
HOOK = "lifecycle hook"
REFRESH = "instance refresh"
RETAINED = "retained instance"
WARM_POOL = "warm pool"
DELETION_PROTECTION = "deletion protection"
OPERATOR = "operator"

_WAITING = {"Terminating:Wait", "Warmed:Terminating:Wait"}
_KEPT = {"Terminating:Retained", "Warmed:Terminating:Retained"}
_REFRESHING = {"Pending", "InProgress", "Baking", "RollbackInProgress"}
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
    for issue in (group.get("health") or {}).get("issues") or ():
        objects = real_ids(issue.get("resourceIds"))
        about = f", about {first_few(objects)}" if objects else ""
        yield Guard(
            HEALTH,
            f"EKS reports {issue.get('code')} for node group {group['nodegroupName']}{about}",
            objects,
            unstopped(str(issue.get("message") or "")),
        )


def activity_guards(activities: Sequence[Raw]) -> Iterator[Guard]:
    """The newest scaling activities that were cancelled or failed, in Auto Scaling's words."""
    bad = [one for one in activities if one.get("StatusCode") in {"Failed", "Cancelled"}]
    for one in bad[:MAX_LISTED_ACTIVITIES]:
        said, message = words_of(one)
        what = f"Auto Scaling has {str(one['StatusCode']).lower()}: {said}"
        objects = (str(one["ActivityId"]),) if one.get("ActivityId") else ()
        cause = "" if one.get("StatusMessage") else unstopped(str(one.get("Cause") or ""))
        yield Guard(ACTIVITY, what, objects, message or ("" if cause in said else cause))


def protection_guards(asg: Raw) -> Iterator[Guard]:
    """Scale-in protection of the group's default and of its instances."""
    name = asg["AutoScalingGroupName"]
    if asg.get("NewInstancesProtectedFromScaleIn"):
        yield Guard(
            DEFAULT_PROTECTION,
            f"the Auto Scaling group {name} protects each new instance from scale-in",
            (name,),
            lifted_by="UpdateAutoScalingGroup",
            allowed_by=MAY_UNPROTECT,
        )
    protected = tuple(
        one["InstanceId"]
        for one in asg.get("Instances") or ()
        # AWS refuses to change the protection of warm-pool instances.
        if one.get("ProtectedFromScaleIn")
        and not str(one.get("LifecycleState")).startswith("Warmed")
    )
    if protected:
        yield Guard(
            INSTANCE_PROTECTION,
            f"the Auto Scaling group {name} protects {', '.join(protected)} from scale-in",
            protected,
            lifted_by="SetInstanceProtection",
            allowed_by=MAY_UNPROTECT,
        )


def process_guards(asg: Raw) -> Iterator[Guard]:
    """Suspended processes; without Terminate no instance goes, the others do no harm here."""
    for one in asg.get("SuspendedProcesses") or ():
        process, stops = one["ProcessName"], one["ProcessName"] == "Terminate"
        yield Guard(
            SUSPENDED,
            f"the process {process} of Auto Scaling group {asg['AutoScalingGroupName']} is "
            "suspended" + ("" if stops else " (this does not stop a deletion)"),
            (process,),
            str(one.get("SuspensionReason") or ""),
            lifted_by="ResumeProcesses" if stops else "",
            allowed_by=MAY_UNPROTECT if stops else "",
        )


def hook_guards(asg: Raw, hooks: Sequence[Raw]) -> Iterator[Guard]:
    """Termination hooks that instances wait for, and instances kept when a hook was abandoned."""
    waiting = _in_state(asg, _WAITING)
    for hook in hooks:
        if waiting and hook.get("LifecycleTransition") == "autoscaling:EC2_INSTANCE_TERMINATING":
            yield Guard(
                HOOK,
                f"{', '.join(waiting)} may wait for the lifecycle hook "
                f"{hook['LifecycleHookName']}, at most {hook.get('HeartbeatTimeout')} s at a time",
                (hook["LifecycleHookName"], *waiting),
                lifted_by="CompleteLifecycleAction",
                allowed_by=MAY_UNPROTECT,
            )
    kept = _in_state(asg, _KEPT)
    if kept:
        yield Guard(
            RETAINED,
            f"{', '.join(kept)} are retained by the group's instance lifecycle policy: terminate "
            "them by hand in EC2",
            kept,
        )


def _in_state(asg: Raw, states: set[str]) -> tuple[str, ...]:
    instances = asg.get("Instances") or ()
    return tuple(one["InstanceId"] for one in instances if one.get("LifecycleState") in states)


def refresh_guards(refreshes: Sequence[Raw]) -> Iterator[Guard]:
    """An instance refresh that is running."""
    for one in refreshes:
        if one.get("Status") in _REFRESHING:
            yield Guard(
                REFRESH,
                f"the instance refresh {one.get('InstanceRefreshId')} is {one['Status']}",
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
            f"the Auto Scaling group {name} has a warm pool of {asg.get('WarmPoolSize', 0)} "
            "instance(s)",
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

"""An instance refresh that replaces old nodes while they are drained. Pure.

Auto Scaling ends the instances that it replaces when their lifecycle hooks have let go of them,
whatever budgets say, and starts new ones in the old group. A deletion of the node group fails
meanwhile: `AutoScalingGroupInstanceRefreshActive` of EKS's model.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.readings.instance_refreshes import (
    CANCELLING,
    INSTANCE_REFRESHES,
    unended,
)
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.nodes.managed.auto_scaling.asg_settings import suspended
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

_REPLACES = frozenset({"Pending", "InProgress", "RollbackInProgress"})
_HALTS = ("InstanceRefresh", "Launch", "Terminate")
"""Processes without which a refresh replaces nothing:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-how-suspending-processes-affects-other-processes.html"""

_EFFECTS = {
    CANCELLING: "it starts no more replacements, and ends when those that it has begun are done",
    "Baking": "it has replaced the nodes, and may still be rolled back, which replaces them again; "
    "until its bake time is over, EKS does not delete the node group",
}
_REPLACING = (
    "Auto Scaling replaces nodes of the old group while the run empties them: it ends a node when "
    "its lifecycle hooks let go of it, whatever disruption budgets allow, and EKS does not delete "
    "the node group meanwhile"
)
_STRANGE = "this status is not known here; it may replace nodes while the run empties them"


def _judge(seen: Seen) -> Iterator[Finding]:
    if not any(seen.facts.asgs.get(name) for name in seen.rolled):
        return
    found = seen.of(INSTANCE_REFRESHES)
    for name in seen.rolled:
        for refresh in unended(found.get(name, ())):
            yield _finding(name, refresh, seen.facts.asgs[name])


def _finding(name: str, refresh: Raw, asg: Raw) -> Finding:
    status = str(refresh.get("Status"))
    halted = [one for one in _HALTS if one in suspended(asg)]
    blocks = status in _REPLACES and not halted
    return Finding(
        Severity.BLOCKS if blocks else Severity.WARNS,
        f"node group {name}",
        f"{_told(refresh, asg)}: {_effect(status, halted)}",
        _remedy(status, asg),
        passes=True,
    )


def _told(refresh: Raw, asg: Raw) -> str:
    since = moment_text(refresh.get("StartTime"))
    done = refresh.get("PercentageComplete")
    reason = unstopped(str(refresh.get("StatusReason") or ""))
    parts = [
        f"since {since}" if since else "",
        f"{done} % done" if done is not None else "",
        f"strategy {refresh['Strategy']}" if refresh.get("Strategy") else "",
        f"AWS says: {reason}" if reason else "",
    ]
    told = "; ".join(part for part in parts if part)
    what = (
        f"the instance refresh {refresh.get('InstanceRefreshId')} of Auto Scaling group "
        f"{asg['AutoScalingGroupName']} is {refresh.get('Status')}"
    )
    return f"{what} ({told})" if told else what


def _effect(status: str, halted: list[str]) -> str:
    if status not in _REPLACES:
        return _EFFECTS.get(status, _STRANGE)
    if halted:
        return f"it stands still while {halted[0]} is suspended, and goes on when that is resumed"
    return _REPLACING


def _remedy(status: str, asg: Raw) -> str:
    wait = "run again when it has ended"
    if status == CANCELLING:
        return wait
    name = asg["AutoScalingGroupName"]
    cancel = f"aws autoscaling cancel-instance-refresh --auto-scaling-group-name {name}"
    return f"{wait}, or cancel it: {cancel}"


CHECK = Check(
    "instance_refreshes",
    "Does Auto Scaling replace instances of the old groups by itself?",
    "https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html, "
    "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html",
    _judge,
)

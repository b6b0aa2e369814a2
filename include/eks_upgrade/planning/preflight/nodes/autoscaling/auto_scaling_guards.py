"""What would keep an old group from going, once it is empty. Pure.

The rules are those of the deletion's recovery, which looks again when the time has come.
"""

from collections.abc import Iterator

from include.eks_upgrade.aws.auto_scaling.asg_extras import EKS_HOOKS
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.managed.recovery.guards import (
    MAY_DELETE_ASG,
    MAY_UNPROTECT,
    OPERATOR,
    Guard,
    group_guards,
    process_guards,
)
from include.eks_upgrade.nodes.managed.recovery.instance_guards import (
    protection_guards,
    standby_guards,
)
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.seen import Seen

_TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"


def _judge(seen: Seen) -> Iterator[Finding]:
    recovery = seen.request.recovery
    allowed = {MAY_UNPROTECT: recovery.may_unprotect, MAY_DELETE_ASG: recovery.may_delete_asg}
    for name in groups_to_roll(seen.request, seen.target, seen.facts):
        asg = seen.facts.asgs.get(name)
        if asg is None:
            continue
        for guard in _guards(asg):
            yield _of_guard(name, guard, allowed=allowed.get(guard.allowed_by, False))
        extras = seen.facts.surge.asg_extras.get(name) if seen.facts.surge else None
        yield from _of_hooks(name, extras.hooks if extras else ())


def _guards(asg: Raw) -> Iterator[Guard]:
    """Those that stop a deletion; some others are told of a group that does not go."""
    found = (
        *protection_guards(asg),
        *standby_guards(asg),
        *process_guards(asg),
        *group_guards(asg),
    )
    return (one for one in found if one.lifted_by or one.kind == OPERATOR)


def _of_guard(name: str, guard: Guard, *, allowed: bool) -> Finding:
    subject = f"node group {name}"
    if allowed:
        what = (
            f"{guard.what}; {guard.allowed_by} allows this run to lift it when the group is empty"
        )
        return Finding(Severity.INFORMS, subject, what, "nothing is to be done")
    by_parameter = f", or set {guard.allowed_by}=true" if guard.allowed_by else ""
    return Finding(
        Severity.WARNS,
        subject,
        f"{guard.what}, so the emptied group does not go by itself and waits for a person",
        f"lift it before the deletion ({guard.lifted_by or 'by whoever set it'}){by_parameter}",
    )


def _of_hooks(name: str, hooks: object) -> Iterator[Finding]:
    own = [
        one
        for one in (hooks if isinstance(hooks, list | tuple) else ())
        if one.get("LifecycleTransition") == _TERMINATING
        and one.get("LifecycleHookName") not in EKS_HOOKS
    ]
    if own:
        slowest = max(int(one.get("HeartbeatTimeout") or 0) for one in own)
        hooked = first_few([str(one["LifecycleHookName"]) for one in own])
        yield Finding(
            Severity.INFORMS,
            f"node group {name}",
            f"each node waits at its end for the lifecycle hook {hooked}, up to {slowest} s at a "
            "time if nobody answers it",
            "see that whoever answers the hook is up",
        )


CHECK = Check(
    "auto_scaling_guards",
    "Would anything keep an emptied group from going?",
    "https://docs.aws.amazon.com/autoscaling/ec2/userguide/resource-deletion-protection.html and "
    "https://docs.aws.amazon.com/autoscaling/ec2/userguide/suspend-resume-considerations.html",
    _judge,
)

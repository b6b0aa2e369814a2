"""The rungs that may be climbed when a node group will not go; each only if it is allowed.

Every rung looks again first, touches an Auto Scaling group only when its tags name this
cluster and this node group, and does nothing where there is nothing to do.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Busy, Problem, Refused
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.nodes.managed.deletion import may_delete
from include.eks_upgrade.nodes.managed.recovery import guards as g
from include.eks_upgrade.nodes.managed.recovery.diagnosis import Diagnosis, read_diagnosis
from include.eks_upgrade.nodes.managed.recovery.guards import MAY_DELETE_ASG, MAY_UNPROTECT
from include.eks_upgrade.nodes.managed.recovery.lifting import (
    LIFTS,
    force_delete,
    lift,
    refused_in_passing,
)
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient

AboutTo = Callable[[Sequence[Obstacle]], None]

_PATIENCE = {"ResourceInUse", "ScalingActivityInProgress", "ResourceContention"}
_GOING = {"DELETING", "DELETE_FAILED", "gone"}


def lift_guards(
    clients: AwsClients,
    cluster: str,
    node_group: str,
    options: RecoveryOptions,
    *,
    about_to: AboutTo = lambda _: None,
) -> StepResult:
    """Lift the guards that only keep instances from going; the group itself is not touched.

    Args:
        clients: EKS is read, Auto Scaling is changed.
        cluster: the cluster's name.
        node_group: the old group.
        options: `may_unprotect` allows it.
        about_to: called with what will be passed, just before anything is changed.

    Returns:
        A StepResult whose obstacles are the guards, each passed by the action that lifted it.

    Raises:
        Refused: not allowed, or the Auto Scaling group is not proven to be this node group's.
        Busy: Auto Scaling asks for patience; a retry in minutes is useful.
    """
    now = read_diagnosis(clients, cluster, node_group)
    lifting = now.liftable(MAY_UNPROTECT)
    if not lifting or now.asg is None:
        return StepResult(f"no guard to lift: {now.text}", data=now.as_json())
    _refuse("The guards cannot be lifted", lifting_problems(now, options))
    # A size that is not zero is what an earlier try, or somebody, left on the way: it is put back
    # as EKS had set it, and is no obstacle of its own.
    passed = tuple(
        Obstacle(str(guard), guard.lifted_by) for guard in lifting if guard.kind != g.SIZE
    )
    about_to(passed)
    with _patience(f"Auto Scaling group {now.asg}"):
        for kind, _ in LIFTS:
            for guard in now.of_kind(kind):
                if guard in lifting:
                    lift(clients.autoscaling, now.asg, guard)
    text = f"lifted {counted(len(lifting), 'guard')} of Auto Scaling group {now.asg}: " + "; ".join(
        guard.what for guard in lifting
    )
    obstacles = passed + _kept(now, lifting)
    return StepResult(text, changed=True, data=now.as_json(), obstacles=obstacles)


def _kept(now: Diagnosis, lifting: Sequence[g.Guard]) -> tuple[Obstacle, ...]:
    """The guards that nobody lifts and that stand in the way all the same."""
    # Health and activities only show what the guards do: they pass with them. Processes that are
    # not lifted stop no deletion (EKS itself suspends Launch for it), and EKS answers its own hook.
    symptoms = (g.HEALTH, g.ACTIVITY, g.SUSPENDED, g.EKS_HOOK)
    return tuple(
        Obstacle(str(guard))
        for guard in now.guards
        if guard not in lifting and guard.kind not in symptoms
    )


def lifting_problems(now: Diagnosis, options: RecoveryOptions) -> list[Problem]:
    """Why the guards may not be lifted; empty when they may."""
    problems = _ownership_problems(now)
    if not options.may_unprotect:
        problems += [
            Problem(
                f"node group {now.node_group}",
                str(guard),
                f"set the parameter {MAY_UNPROTECT} to true, which allows {guard.lifted_by}, or "
                "lift it by hand; then repeat this step",
            )
            for guard in now.liftable(MAY_UNPROTECT)
        ]
    return problems


def delete_auto_scaling_group(
    clients: AwsClients,
    cluster: str,
    node_group: str,
    options: RecoveryOptions,
    *,
    pods_left: Sequence[str],
    about_to: AboutTo = lambda _: None,
) -> StepResult:
    """Delete the node group's Auto Scaling group with its instances: the last rung.

    ForceDelete ends the instances without running termination hooks, so nothing may be left on
    them that could be evicted.

    Args:
        clients: EKS is read, Auto Scaling is changed.
        cluster: the cluster's name.
        node_group: the old group.
        options: `may_delete_asg` allows it.
        pods_left: `namespace/name` of each evictable pod on the group's nodes, looked up now.
        about_to: called with what will be passed, just before anything is changed.

    Returns:
        A StepResult with data `{"asg", "instances"}`; unchanged when the group is gone or going.

    Raises:
        Refused: not allowed, pods left, or the group is not proven to be this node group's.
        Busy: an activity is in progress; a retry in minutes is useful.
    """
    now = read_diagnosis(clients, cluster, node_group)
    if now.asg is None:
        _refuse("The node group cannot be deleted", _beyond_the_rung(now))
        return StepResult(f"node group {now.node_group} has no Auto Scaling group any more")
    _refuse(
        "The Auto Scaling group cannot be deleted", asg_deletion_problems(now, options, pods_left)
    )
    passed = _passed_by_deletion(now)
    about_to(passed)
    with _patience(f"Auto Scaling group {now.asg}"):
        _delete(clients.autoscaling, now)
    return StepResult(
        f"deleted Auto Scaling group {now.asg} with {counted(len(now.instances), 'instance')}",
        changed=True,
        data={"asg": now.asg, "instances": list(now.instances)},
        obstacles=passed,
    )


def _delete(autoscaling: "AutoScalingClient", now: Diagnosis) -> None:
    asg = str(now.asg)
    if now.of_kind(g.DELETION_PROTECTION):
        try:
            autoscaling.update_auto_scaling_group(
                AutoScalingGroupName=asg, DeletionProtection="none"
            )
        except ClientError as error:
            if not refused_in_passing(autoscaling, asg, error):
                raise
    force_delete(autoscaling, asg)


def _passed_by_deletion(now: Diagnosis) -> tuple[Obstacle, ...]:
    protected = now.of_kind(g.DELETION_PROTECTION)
    passed = [Obstacle(str(guard), "UpdateAutoScalingGroup") for guard in protected]
    passed += [
        Obstacle(str(guard), "DeleteAutoScalingGroup")
        for guard in now.guards
        if guard not in protected
    ]
    return tuple(passed)


def asg_deletion_problems(
    now: Diagnosis, options: RecoveryOptions, pods_left: Sequence[str]
) -> list[Problem]:
    """Why the Auto Scaling group may not be deleted; empty when it may.

    Where its deletion would not help, that alone is told, and nothing is asked for.
    """
    beyond = _beyond_the_rung(now)
    if beyond:
        return beyond
    problems = _ownership_problems(now)
    subject = f"Auto Scaling group {now.asg}"
    if now.status not in _GOING:
        problems.append(
            Problem(
                subject,
                f"node group {now.node_group} is {now.status}: nobody has asked EKS to delete it",
                f"delete the node group first (repeat {Stage.DELETION.title})",
            )
        )
    pods = may_delete(pods_left)
    if pods:
        problems.append(Problem(subject, pods.what, pods.remedy))
    if not options.may_delete_asg:
        problems.append(
            Problem(
                subject,
                "it keeps the node group from going, and this run may not delete it",
                f"set the parameter {MAY_DELETE_ASG} to true, or delete it by hand; then repeat "
                "this step",
            )
        )
    return problems


def _beyond_the_rung(now: Diagnosis) -> list[Problem]:
    """Causes that stay when the Auto Scaling group is deleted, or that end by themselves."""
    if any(guard.lifted_by for guard in now.guards):
        return []
    subject = f"node group {now.node_group}"
    problems = [
        Problem(
            subject,
            guard.what,
            "wait until then; EKS goes on with the deletion by itself",
            passes=True,
        )
        for guard in now.of_kind(g.EKS_HOOK)
    ]
    if problems or now.instances:
        return problems
    return [
        Problem(
            subject,
            f"EKS could not delete it: {cause}. Nothing of this project can lift that",
            f"{remedy}; then repeat this step",
        )
        for cause, remedy in now.by_hand
    ]


def _ownership_problems(now: Diagnosis) -> list[Problem]:
    problems = []
    if now.not_ours:
        remedy = "look at the group by hand; this project touches no group it cannot prove is its"
        problems.append(Problem(f"node group {now.node_group}", now.not_ours, remedy))
    problems += [
        Problem(
            f"node group {now.node_group}",
            guard.what,
            "ask whoever runs that service to release the group",
        )
        for guard in now.of_kind(g.OPERATOR)
    ]
    return problems


def _refuse(title: str, problems: Sequence[Problem]) -> None:
    if problems:
        raise Refused(title, problems)


@contextmanager
def _patience(subject: str) -> Iterator[None]:
    """As aws_errors_about, with Auto Scaling's codes for "not now", which botocore lets pass."""
    with aws_errors_about(subject):
        try:
            yield
        except ClientError as error:
            if error_code(error).removesuffix("Fault") not in _PATIENCE:
                raise
            raise Busy(
                f"{subject} is busy. AWS says: {error_message(error)}. Try again in a minute"
            ) from error

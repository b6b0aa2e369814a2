"""DeleteNodegroup: what EKS does to the Auto Scaling group, and what stops it.

EKS suspends Launch, sets minimum, maximum and desired size to zero, drains each instance for a few
minutes and lets Auto Scaling terminate it (delete-managed-node-group.html; Launch: public notes).
It may not change scale-in protection, so a protected instance stays and the deletion fails. How
long EKS waits then is assumed: no document says. While its own hook holds an instance it goes on
waiting: five public notes tell of the whole half hour of that hook, and then of a good end.
"""

from typing import Any

from include.rehearsal.aws import errors
from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.aws_auth import forget_role
from include.rehearsal.aws.eks.node_groups.deletion_failures import issues_of
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, GroupState, now


def delete(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteNodegroup; may be called again after DELETE_FAILED, and while DELETING.

    Raises:
        AwsError: ResourceNotFound; ResourceInUse while an update of the group runs.
    """
    state = region.cluster(request["clusterName"])
    group = _known(state, request["nodegroupName"])
    running = state.running(group=request["nodegroupName"])
    if running:
        raise errors.in_use(
            f"Nodegroup cannot be deleted as update {running} is currently in progress",
            clusterName=state.name,
            nodegroupName=request["nodegroupName"],
        )
    if group.raw["status"] != "DELETING":
        group.deletion += 1
        group.raw.update(status="DELETING", health={"issues": []}, modifiedAt=now())
        _shrink(region.asg(group))
        # A deletion may be called again after it failed; polls of the former one must then end.
        began, number = world().clock.now(), group.deletion
        world().clock.later(
            world().timings.poll, lambda: _poll(region, state, group, began, number)
        )
    return {"nodegroup": group.raw}


def _known(state: ClusterState, name: str) -> GroupState:
    """The group; where there is none, DeleteNodegroup has words of its own for that.

    Source: tests/recordings/aws/error-delete-nodegroup-not-found.json.
    """
    if name in state.groups:
        return state.groups[name]
    raise errors.not_found(
        f"nodeGroup {name} not found for cluster {state.name}",
        clusterName=state.name,
        nodegroupName=name,
    )


def _shrink(asg: RehearsalGroup | None) -> None:
    if asg is None or asg.status is not None:
        return
    # Never given back: after a deletion that failed it is still suspended.
    asg.autoscaling_backend.suspend_processes(asg.name, ["Launch"])
    asg.min_size = asg.max_size = 0
    asg.set_desired_capacity(0)


def _poll(
    region: EksRegion, state: ClusterState, group: GroupState, began: float, number: int
) -> None:
    """Finish, give up, or poll again later."""
    if group.deletion != number or group.raw["status"] != "DELETING":
        return
    asg = region.asg(group)
    if asg is not None and not asg.instance_states:
        _remove(asg)
    late = world().clock.now() - began >= world().timings.delete_limit
    issues = world().deletion_problems.get((state.key, group.raw["nodegroupName"]), [])
    if asg is not None and late and not asg.on_its_way:
        issues = issues or issues_of(region, group, asg)
    elif asg is not None:
        issues = []
    if issues:
        group.raw.update(status="DELETE_FAILED", health={"issues": issues}, modifiedAt=now())
    elif asg is None:
        _forget(region, state, group)
    else:
        world().clock.later(
            world().timings.poll, lambda: _poll(region, state, group, began, number)
        )


def _remove(asg: RehearsalGroup) -> None:
    """Delete the empty Auto Scaling group, unless its deletion protection forbids it."""
    if asg.deletion_protection != "prevent-all-deletion":
        asg.start_deletion()


def _forget(region: EksRegion, state: ClusterState, group: GroupState) -> None:
    state.groups.pop(group.raw["nodegroupName"], None)
    forget_role(state, group.raw["nodeRole"])
    if group.template_id in region.ec2.launch_templates:
        region.ec2.delete_launch_template("", group.template_id)

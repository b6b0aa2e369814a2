"""UpdateNodegroupVersion: new nodes beside the old ones, which are emptied and ended by turns.

The phases: https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html.
First the group grows by the greater of twice its zones and maxUnavailable; then all old nodes are
cordoned; then as many as maxUnavailable at a time are drained for a quarter of an hour at most and
ended. Without `force` a pod that stays ends the update as Failed, and what was done stays.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from include.rehearsal.aws.autoscaling.group import Member, RehearsalGroup
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.nodes import edit_node
from include.rehearsal.aws.eks.node_groups.updates import begin
from include.rehearsal.aws.eks.node_groups.version_requests import Wanted, wanted_version
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, GroupState, now
from include.rehearsal.aws.eks.updates import Change

EVICTION_LIMIT: Final = 900.0
End = Callable[[list[dict[str, Any]] | None], bool]


def update_version(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateNodegroupVersion.

    Raises:
        AwsError: ResourceInUse, InvalidParameter, InvalidRequest.
    """
    return begin(region, request, _change)


def _change(
    region: EksRegion, state: ClusterState, group: GroupState, request: dict[str, Any]
) -> Change:
    wanted = wanted_version(region, state, group, request)
    group.raw["status"] = "UPDATING"
    kept = {key: group.raw.get(key) for key in ("releaseVersion", "version")}

    def succeed() -> None:
        group.raw.update({**kept, **wanted.shown}, status="ACTIVE", modifiedAt=now())

    return Change(
        kind="VersionUpdate",
        params=wanted.params,
        seconds=0.0,
        succeed=succeed,
        fail=lambda _: group.raw.update(status="ACTIVE"),
        group=group.raw["nodegroupName"],
        work=lambda end: _begin(region, group, wanted, end, force=bool(request.get("force"))),
    )


@dataclass
class _Turn:
    """One update at work.

    Attributes:
        version: of EKS's launch template, for the new instances.
        size: the group's desired size without the surge.
        until: until when new nodes must have joined, or the nodes at hand must be empty.
        draining: ids of the instances at hand.
    """

    region: EksRegion
    group: GroupState
    asg: RehearsalGroup
    version: str
    size: int
    end: End
    force: bool
    until: float = 0.0
    draining: list[str] = field(default_factory=list)


def _begin(region: EksRegion, group: GroupState, wanted: Wanted, end: End, *, force: bool) -> None:
    template = region.ec2.launch_templates[group.template_id]
    made = template.create_version({**template.latest_version().data, **wanted.data}, "")
    asg = region.asg(group)
    if asg is None:
        end(None)
        return
    asg.take_template_version(str(made.number))
    size = int(asg.desired_capacity or 0)
    turn = _Turn(region, group, asg, str(made.number), size, end, force)
    surge = max(2 * len(group.raw["subnets"]), _at_once(turn)) if size else 0
    asg.max_size += surge
    asg.set_desired_capacity(size + surge)
    turn.until = world().clock.now() + world().timings.join_limit
    _later(lambda: _await_new(turn))


def _later(call: Callable[[], None]) -> None:
    world().clock.later(world().timings.poll, call)


def _at_once(turn: _Turn) -> int:
    config = turn.group.raw["updateConfig"]
    percent = config.get("maxUnavailablePercentage")
    if percent:
        return max(1, turn.size * int(percent) // 100)
    return int(config.get("maxUnavailable") or 1)


def _old(turn: _Turn) -> list[Member]:
    return [one for one in turn.asg.live() if one.version != turn.version]


def _await_new(turn: _Turn) -> None:
    """The new nodes join, or the update fails; then every old one is cordoned."""
    new = [one.instance_id for one in turn.asg.live() if one.version == turn.version]
    wanted = int(turn.asg.desired_capacity or 0) - len(_old(turn))
    joined = [one for one in new if one in turn.group.joined]
    if len(joined) < wanted and world().clock.now() < turn.until:
        _later(lambda: _await_new(turn))
        return
    if len(joined) < wanted:
        name = turn.group.raw["nodegroupName"]
        message = (
            f"Couldn't proceed with upgrade process as new nodes are not joining node group {name}"
        )
        turn.end([_error("NodeCreationFailure", message, [])])
        return
    for member in _old(turn):
        _cordon(member)
    _next(turn)


def _error(code: str, message: str, ids: list[str]) -> dict[str, Any]:
    return {"errorCode": code, "errorMessage": message, "resourceIds": ids}


def _cordon(member: Member) -> None:
    ref = world().nodes.get(member.instance_id)
    if ref:
        edit_node(world().kube(ref.cluster), ref.node, _unschedulable)


def _unschedulable(node: dict[str, Any]) -> None:
    node["spec"]["unschedulable"] = True


def _next(turn: _Turn) -> None:
    """The next nodes in turn; none is left: the group gets its size back."""
    turn.draining = [one.instance_id for one in _old(turn)][: _at_once(turn)]
    if turn.draining:
        turn.until = world().clock.now() + EVICTION_LIMIT
        _drain(turn)
        return
    turn.asg.set_desired_capacity(turn.size)
    turn.asg.max_size = turn.group.raw["scalingConfig"]["maxSize"]
    turn.end(None)


def _drain(turn: _Turn) -> None:
    left = {one: count for one in turn.draining if (count := _evict(one))}
    if left and world().clock.now() < turn.until:
        _later(lambda: _drain(turn))
        return
    if left and not turn.force:
        name = turn.group.raw["nodegroupName"]
        message = f"Reached max retries while trying to evict pods from nodes in node group {name}"
        nodes = [world().nodes[one].node for one in left if one in world().nodes]
        turn.end([_error("PodEvictionFailure", message, nodes)])
        return
    for instance_id in turn.draining:
        member = turn.asg.member(instance_id)
        if member:
            turn.asg.begin_termination(member, "a node group version update")
    turn.asg.reconcile()
    _later(lambda: _next(turn))


def _evict(instance_id: str) -> int:
    ref = world().nodes.get(instance_id)
    kube = world().kube(ref.cluster) if ref else None
    return kube.evict_all(ref.node) if kube and ref else 0

"""What of a node group is ours to lift, and what is left alone and why. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.marks import EFFECT, KEY, cap_of, mark_of

STANDING = frozenset({"ACTIVE", "DEGRADED", "UPDATING", "CREATE_FAILED"})
"""Statuses of a node group that stays; one in CREATE_FAILED may have nodes with pods on them."""


@dataclass(frozen=True)
class GroupRelease:
    """One node group: what to lift and what to leave.

    Attributes:
        uncordon: names of nodes whose cordon carries our mark.
        request: arguments of UpdateNodegroupConfig, without the cluster's name; None
            when neither taint nor cap is ours.
        cordons: `uncordon` in sentences.
        config: `request` in sentences.
        left: what is left alone, each with the reason.
    """

    group: str
    uncordon: tuple[str, ...] = ()
    request: Raw | None = None
    cordons: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def lifts(self) -> tuple[str, ...]:
        """Everything that is ours, in sentences."""
        return self.cordons + self.config

    @property
    def nothing(self) -> bool:
        """Whether nothing of ours is left to lift."""
        return not self.uncordon and self.request is None


def judge_group(group: Raw, asg: Raw | None, nodes: Sequence[Node]) -> GroupRelease:
    """Judge one node group.

    Args:
        group: raw DescribeNodegroup.
        asg: its raw Auto Scaling group, None when it has none (any more).
        nodes: the group's nodes.
    """
    name = str(group["nodegroupName"])
    going = _going(group, asg)
    if going:
        ours = bool(mark_of(group)) or any(node.cordoned_by for node in nodes)
        return GroupRelease(name, left=(f"node group '{name}': {going}",) if ours else ())
    ending = _ending(asg)
    cordons = [node for node in nodes if node.cordoned_by]
    mine = [n for n in cordons if not n.deleting and n.instance_id not in ending]
    request, lifts, left = _config(group)
    return GroupRelease(
        name,
        uncordon=tuple(node.name for node in mine),
        request=request,
        cordons=tuple(f"node {n.name}: the cordon of '{n.cordoned_by}'" for n in mine),
        config=tuple(lifts),
        left=(*_left_nodes(nodes, mine), *left),
    )


def marks_without_group(nodes: Sequence[Node], groups: Collection[str]) -> tuple[str, ...]:
    """Marked nodes that are in none of the cluster's node groups, each with why it is left."""
    return tuple(
        f"node {node.name}: its node group '{node.node_group}' is gone, so the node goes, too"
        for node in nodes
        if node.cordoned_by and node.node_group not in groups
    )


def _going(group: Raw, asg: Raw | None) -> str:
    """Why nothing may come back to the group's nodes; empty when it stays."""
    status = str(group.get("status"))
    if status not in STANDING:
        return (
            f"it is {status}, so its nodes stay cordoned: what came back to them would be lost."
            " Go on with the upgrade instead"
        )
    listed = (group.get("resources") or {}).get("autoScalingGroups")
    if listed and asg is None:
        return "its Auto Scaling group is gone, so its nodes stay cordoned"
    if asg and asg.get("Status"):
        return f"its Auto Scaling group is being deleted ({asg['Status']}), so its nodes stay so"
    return ""


def _ending(asg: Raw | None) -> set[str]:
    """Ids of instances that Auto Scaling is ending."""
    return {
        str(one["InstanceId"])
        for one in (asg or {}).get("Instances") or ()
        if str(one.get("LifecycleState", "")).startswith("Terminat")
    }


def _left_nodes(nodes: Sequence[Node], mine: Sequence[Node]) -> list[str]:
    sentences = []
    for node in nodes:
        if node in mine:
            continue
        if node.cordoned_by:
            sentences.append(f"node {node.name}: its instance is being ended")
        elif node.unschedulable:
            sentences.append(f"node {node.name}: cordoned, but not by us")
    return sentences


def _config(
    group: Raw,
) -> tuple[dict[str, Any] | None, list[str], list[str]]:
    """The request that takes taint and cap away, what it lifts, and what it does not."""
    name, mark = group["nodegroupName"], mark_of(group)
    if mark is None:
        return None, [], []
    request: dict[str, Any] = {"nodegroupName": name, "taints": {"removeTaints": [mark]}}
    lifts, left = [f"node group '{name}': the taint {KEY}:{EFFECT}"], []
    cap, size = cap_of(mark), int(group["scalingConfig"]["maxSize"])
    if cap is None:
        left.append(f"node group '{name}': maxSize stays {size}, its mark does not say what it was")
    elif cap.capped != size:
        left.append(f"node group '{name}': maxSize stays {size}, somebody set it after us")
    elif cap.original != size:
        request["scalingConfig"] = {"maxSize": cap.original}
        lifts.append(f"node group '{name}': maxSize {size} back to {cap.original}")
    return request, lifts, left

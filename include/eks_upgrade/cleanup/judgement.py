"""What of a node group is ours to lift, and what is left alone and why. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.aws.facts import status_text
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.objects import EXCLUDED, Node
from include.eks_upgrade.nodes.managed.marks import (
    AZ_REBALANCE,
    EFFECT,
    KEY,
    cap_of,
    mark_of,
    rests_for_us,
    sizes_before,
)
from include.eks_upgrade.verification.baseline import Baseline, GroupId

STANDING = frozenset({"ACTIVE", "DEGRADED", "UPDATING", "CREATE_FAILED"})
"""Statuses of a node group that stays; one in CREATE_FAILED may have nodes with pods on them."""


NO_SIZES: Mapping[str, int] = {}


@dataclass(frozen=True)
class NodeRelease:
    """One node that carries marks of ours, and what they say, in sentences."""

    name: str
    lifts: tuple[str, ...]


@dataclass(frozen=True)
class GroupRelease:
    """One node group: what to lift and what to leave.

    Attributes:
        nodes: those whose cordon, or whose label for load balancers, carries our mark.
        request: arguments of UpdateNodegroupConfig, without the cluster's name; None
            when neither taint nor cap is ours.
        config: `request` in sentences.
        asg: the Auto Scaling group whose AZRebalance was suspended here; empty: none.
        unwell: its status with its health issues, where it is DEGRADED; else empty.
        left: what is left alone, each with the reason.
    """

    group: str
    nodes: tuple[NodeRelease, ...] = ()
    request: Raw | None = None
    config: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    asg: str = ""
    unwell: str = ""

    @property
    def lifts(self) -> tuple[str, ...]:
        """Everything that is ours, in sentences."""
        of_nodes = tuple(line for node in self.nodes for line in node.lifts)
        return of_nodes + self.rebalance + self.config

    @property
    def rebalance(self) -> tuple[str, ...]:
        """What is given back to Auto Scaling, as a sentence."""
        return (f"Auto Scaling group {self.asg}: {AZ_REBALANCE} is resumed",) if self.asg else ()

    @property
    def nothing(self) -> bool:
        """Whether nothing of ours is left to lift."""
        return not self.nodes and self.request is None and not self.asg


def judge_group(
    group: Raw, asg: Raw | None, nodes: Sequence[Node], *, sizes: Mapping[str, int] = NO_SIZES
) -> GroupRelease:
    """Judge one node group.

    Args:
        group: raw DescribeNodegroup.
        asg: its raw Auto Scaling group, None when it has none (any more).
        nodes: the group's nodes.
        sizes: what of its sizes is set besides, where the mark of the fence is lifted.
    """
    name = str(group["nodegroupName"])
    going = _going(group, asg)
    if going:
        ours = bool(mark_of(group)) or any(map(is_marked, nodes))
        return GroupRelease(name, left=(f"node group '{name}': {going}",) if ours else ())
    ending = _ending(asg)
    marked = [node for node in nodes if is_marked(node)]
    mine = [n for n in marked if not n.deleting and n.instance_id not in ending]
    request, lifts, left = _config(group)
    if request is not None and sizes:
        request["scalingConfig"] = {**request.get("scalingConfig", {}), **sizes}
        lifts.append(f"node group '{name}': {_in_words(sizes)}, as before the fence")
    return GroupRelease(
        name,
        nodes=tuple(NodeRelease(node.name, _marks_on(node)) for node in mine),
        request=request,
        config=tuple(lifts),
        left=(*_left_nodes(nodes, mine), *left),
        asg=str(asg["AutoScalingGroupName"]) if asg and rests_for_us(asg) else "",
        unwell=status_text(group) if group.get("status") == "DEGRADED" else "",
    )


def marks_without_group(nodes: Sequence[Node], groups: Collection[str]) -> tuple[str, ...]:
    """Marked nodes that are in none of the cluster's node groups, each with why it is left."""
    return tuple(
        f"node {node.name}: its node group '{node.node_group}' is gone, so the node goes, too"
        for node in nodes
        if is_marked(node) and node.node_group not in groups
    )


def is_marked(node: Node) -> bool:
    """Whether anything on a node carries our mark."""
    return bool(node.cordoned_by or node.excluded_by)


def _marks_on(node: Node) -> tuple[str, ...]:
    found = []
    if node.cordoned_by:
        found.append(f"node {node.name}: the cordon of '{node.cordoned_by}'")
    if node.excluded_by:
        found.append(f"node {node.name}: the label {EXCLUDED} of '{node.excluded_by}'")
    return tuple(found)


def baselines_to_drop(groups: Raw, kept: Sequence[Baseline]) -> tuple[Baseline, ...]:
    """Baselines of node groups that stay, or are gone for good; of one that goes it is needed.

    Args:
        groups: raw DescribeNodegroup of every node group, by name.
        kept: the baselines that were found.
    """
    needed = {GroupId.of(raw) for raw in groups.values() if raw.get("status") not in STANDING}
    return tuple(each for each in kept if each.group_id not in needed)


def baseline_sentence(baseline: Baseline) -> str:
    """A baseline as something to take away."""
    return f"node group '{baseline.group}': how its workloads were at {baseline.taken_text}"


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


def _in_words(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {size}" for name, size in sizes.items())


def _left_nodes(nodes: Sequence[Node], mine: Sequence[Node]) -> list[str]:
    sentences = []
    for node in nodes:
        if is_marked(node) and node not in mine:
            sentences.append(f"node {node.name}: its instance is being ended")
            continue
        if node.unschedulable and not node.cordoned_by:
            sentences.append(f"node {node.name}: cordoned, but not by us")
        if node.excluded and not node.excluded_by:
            sentences.append(f"node {node.name}: labelled {EXCLUDED}, but not by us")
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
    before = sizes_before(group)
    if before:
        request["scalingConfig"] = {**request.get("scalingConfig", {}), **before}
        nodes, least = before["desiredSize"], before["minSize"]
        lifts.append(f"node group '{name}': its sizes back to {nodes} nodes, at least {least}")
    return request, lifts, left

"""When a new node group may take over: EKS says ACTIVE, and enough of its nodes are usable."""

import math
from collections.abc import Mapping, Sequence

from include.eks_upgrade.aws.facts import health_text
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.kube.objects import Node

_ENDED = {"DELETING", "DELETE_FAILED"}


def new_group_outcome(
    group: Raw, nodes: Sequence[Node], *, wanted: int, to_version: str
) -> Outcome:
    """Whether the new group is ready to take pods.

    Args:
        group: raw `describe_nodegroup()["nodegroup"]`.
        nodes: the nodes that carry the group's label.
        wanted: how many usable nodes are enough, from `enough_nodes`.
        to_version: Kubernetes minor their kubelets must run (`1.26`).
    """
    name, status = group["nodegroupName"], str(group.get("status"))
    health = health_text(group)
    if status == "CREATE_FAILED":
        return Failed(create_failed_message(group))
    if status in _ENDED:
        return Failed(
            f"node group {name}: its status is {status}, so somebody deletes it. "
            + (f"EKS says: {health}. " if health else "")
            + f"Wait until it is gone, then repeat {Stage.NEW_GROUP.title}"
        )
    target = Minor.parse(to_version)
    versions = {node.name: node.kubelet_version for node in nodes}
    wrong = kubelet_problem(name, versions, target)
    if wrong:
        return Failed(f"{wrong.subject}: {wrong.what}: {wrong.remedy}")
    usable = usable_nodes(nodes)
    detail = f"node group {name} is {status}, {_count(nodes, usable, wanted)}"
    if health:
        detail += f"; EKS says: {health}"
    # DEGRADED groups can have every node that is wanted: then it is the nodes that count, and
    # EKS's words stand in the detail.
    if status in {"ACTIVE", "DEGRADED"} and len(usable) >= wanted:
        return Done(detail, {"nodes": sorted(node.name for node in usable)})
    return NotYet(detail, alarm=bool(health) or status == "DEGRADED")


def enough_nodes(desired: int, ready_percent: int) -> int:
    """How many nodes `ready_percent` of `desired` are, rounded up."""
    return math.ceil(desired * ready_percent / 100)


def create_failed_message(group: Raw) -> str:
    """The message when EKS could not create the group; nobody deletes it unasked."""
    name = group["nodegroupName"]
    return (
        f"node group {name}: EKS could not create it (CREATE_FAILED). EKS says: "
        f"{health_text(group) or 'no reason'}. Remove the cause, delete the node group {name} by "
        f"hand (it has no use) and repeat {Stage.NEW_GROUP.title}; the old group is untouched"
    )


def usable_nodes(nodes: Sequence[Node]) -> list[Node]:
    """Those that can take pods."""
    return [node for node in nodes if node.ready and not node.unschedulable and not node.deleting]


def kubelet_problem(name: str, versions: Mapping[str, str], target: Minor) -> Problem | None:
    """The Problem that nodes of the new group run another minor.

    Args:
        name: the new group.
        versions: kubelet versions by node; one that has not reported yet is no problem.
        target: the minor that they must run.
    """
    wrong = [
        f"{node} runs {version}"
        for node, version in versions.items()
        if read_minor(version) not in {None, target}
    ]
    if not wrong:
        return None
    return Problem(
        f"node group {name}",
        f"kubelets are not at {target}: {first_few(wrong)}. The image is for another Kubernetes "
        "version",
        "choose another one, delete the new group by hand and run again",
    )


def _count(nodes: Sequence[Node], usable: Sequence[Node], wanted: int) -> str:
    text = f"{len(usable)} of {counted(wanted, 'node is', 'nodes are')} Ready"
    unready = [node.name for node in nodes if not node.ready]
    cordoned = [node.name for node in nodes if node.ready and node.unschedulable]
    if unready:
        text += f"; not Ready: {first_few(sorted(unready))}"
    if cordoned:
        text += f"; cordoned: {first_few(sorted(cordoned))}"
    return text

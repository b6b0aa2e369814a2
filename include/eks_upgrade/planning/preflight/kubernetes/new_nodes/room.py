"""Whether what moves has room on the nodes that replace today's, counted together. Pure.

A new node is taken to give as much as an old one of its group does on average; what DaemonSets take
of it is taken off.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.quantity import shown
from include.eks_upgrade.kube.readings.node_rooms import NODE_ROOMS, NodeRoom
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods, nodes_wanted
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

Amounts = Mapping[str, float]
PODS = "pods"

SLACK = 1e-6
"""Sums of fractions differ in their last digits."""


@dataclass(frozen=True)
class GroupRoom:
    """One group's pods against its new nodes.

    Attributes:
        nodes: how many there will be.
        each: what one of them has to give, by resource, beside its DaemonSets.
        wanted: what the pods that move ask for together.
    """

    name: str
    nodes: int
    each: Amounts
    wanted: Amounts

    @property
    def short(self) -> tuple[str, ...]:
        """Resources of which there is not enough."""
        return tuple(
            name
            for name, amount in sorted(self.wanted.items())
            if name in self.each and amount > self.nodes * self.each[name] + SLACK
        )


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each group whose pods have no room on as many nodes as there will be."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    rooms = seen.of(NODE_ROOMS)
    for name in surveyed.groups:
        found = _group_room(name, nodes_wanted(seen, name), rooms, surveyed)
        if found is not None and found.short:
            yield _finding(found, surveyed)


def _group_room(
    name: str, nodes: int, rooms: Sequence[NodeRoom], surveyed: Surveyed
) -> GroupRoom | None:
    offered = [one.allocatable for one in rooms if one.group == name]
    if not offered:
        return None
    staying: list[SurveyedPod] = []
    going: list[SurveyedPod] = []
    for one, result in surveyed.filtered:
        if surveyed.group_of(one) == name and not one.pod.finished and not one.pod.terminating:
            (staying if result.action == "stay" else going).append(one)
    taken = _total(staying)
    each = {
        resource: (sum(one.get(resource, 0.0) for one in offered) - taken.get(resource, 0.0))
        / len(offered)
        for resource in offered[0]
    }
    return GroupRoom(name, nodes, each, _total(going))


def _total(pods: Sequence[SurveyedPod]) -> dict[str, float]:
    found: dict[str, float] = {PODS: float(len(pods))}
    for one in pods:
        for resource, amount in one.needs.requests.items():
            found[resource] = found.get(resource, 0.0) + amount
    return found


def _finding(room: GroupRoom, surveyed: Surveyed) -> Finding:
    short = "; ".join(
        f"{name}: {shown(name, room.wanted[name])} asked for,"
        f" {shown(name, room.nodes * room.each[name])} there"
        for name in room.short
    )
    old = sum(node.node_group == room.name for node in surveyed.targets.values())
    what = (
        f"its pods do not all fit on {counted(room.nodes, 'new node')} like its present {old}, with"
        f" what DaemonSets take of them: {short}. The others wait without a node, unless other"
        " groups take them or an autoscaler adds nodes"
    )
    remedy = "raise its desired size before the run, or set extra_nodes"
    return Finding(Severity.WARNS, f"node group {room.name}", what, remedy)


CHECK = Check(
    "room",
    "Have the pods that move room on the new nodes: cpu, memory, devices, number of pods?",
    "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"
    "#how-pods-with-resource-requests-are-scheduled",
    judge,
)

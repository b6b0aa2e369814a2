"""Whether what moves has room on the nodes that replace today's: packed, zone by zone. Pure.

What comes out of the packing fits. What does not might still, in another order, on nodes that stay,
or on those that an autoscaler adds: a warning. A pod that is greater than every node is another
matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.quantity import shown
from include.eks_upgrade.kube.readings.nodes.node_rooms import NODE_ROOMS, NodeRoom
from include.eks_upgrade.planning.packing.model import SLACK, Why
from include.eks_upgrade.planning.packing.pack import exceeds, pack
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods, nodes_wanted
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.gives import (
    Gives,
    asks_of,
    gives_of,
    total,
)
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.growth import may_add_nodes
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.stage import Stage, stage_of
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

REMEDY = (
    "raise its desired size before the run, or set extra_nodes; where a Cluster Autoscaler looks"
    " after the group, it may add nodes by itself"
)


def judge(seen: Seen) -> Iterator[Finding]:
    """Pods greater than any node; groups whose pods do not come out; zones left to luck."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    rooms = seen.of(NODE_ROOMS)
    judged = {
        name: found
        for name in surveyed.groups
        if (found := gives_of(name, rooms, seen, surveyed)) is not None
    }
    free = stage_of(seen, surveyed)
    refused = pack(free.items, free.bins, free.present).left
    apart = {at for at, one in refused.items() if one.why is not Why.ROOM}
    great = {
        at
        for at in range(len(free.items))
        if at not in apart and _too_great(at, free, judged, rooms)
    }
    yield from capped_findings(_great(great, free, seen, surveyed, judged), "workloads")
    packed = _packed(seen, surveyed, judged, {*apart, *great}, free)
    for name in judged:
        yield from _of_group(name, packed, seen)


@dataclass(frozen=True)
class _Packed:
    """What came of the packing.

    Attributes:
        left: the pods that found no room.
        lucky: pods that are bound to a zone and stand there on a node that may come up elsewhere.
    """

    surveyed: Surveyed
    gives: Mapping[str, Gives]
    stage: Stage
    left: tuple[SurveyedPod, ...]
    lucky: tuple[tuple[str, SurveyedPod], ...]

    def of(self, group: str) -> list[SurveyedPod]:
        """The pods that move of a group."""
        return [one for one in self.stage.moving if self.surveyed.group_of(one) == group]


def _packed(
    seen: Seen, surveyed: Surveyed, gives: Mapping[str, Gives], told: set[int], free: Stage
) -> _Packed:
    """The new nodes with the pods on them, but for those of which other findings tell."""
    stage = stage_of(seen, surveyed, {name: one.least for name, one in gives.items()})
    rest = [at for at in range(len(stage.items)) if at not in told and _has_place(at, stage)]
    found = pack([stage.items[at] for at in rest], stage.bins, stage.present)
    left = [
        rest[at]
        for at, one in found.left.items()
        # What a rule keeps away here may stand on nodes that stay.
        if one.why is Why.ROOM or not _may_stay(rest[at], free)
    ]
    lucky = [
        (stage.bins[where].zone, stage.moving[rest[at]])
        for at, where in found.at.items()
        if _is_luck(rest[at], where, stage) and not _may_stay(rest[at], free)
    ]
    return _Packed(
        surveyed, gives, stage, tuple(stage.moving[at] for at in sorted(left)), tuple(lucky)
    )


def _has_place(at: int, stage: Stage) -> bool:
    """Whether a new node may take it, or might if one came up in its zone."""
    return bool(stage.items[at].bins or stage.bound.get(at))


def _may_stay(at: int, free: Stage) -> bool:
    return any(not free.bins[one].group for one in free.items[at].bins)


def _is_luck(at: int, where: int, stage: Stage) -> bool:
    """Whether a pod can be in one zone only, and there is no node there for certain."""
    here = stage.bins[where]
    return stage.bound.get(at) == frozenset({here.zone}) and stage.zones[here.group].sure == 0


# --- greater than any node ------------------------------------------------------------------------


def _too_great(at: int, free: Stage, gives: Mapping[str, Gives], rooms: Sequence[NodeRoom]) -> bool:
    """Whether every node that may take a pod, as far as they are known, is smaller than it."""
    known = {one.node: one.allocatable for one in rooms}
    asks, bins = asks_of(free.moving[at]), [free.bins[one] for one in free.items[at].bins]
    if not bins:
        return False
    for one in bins:
        most = gives[one.group].most if one.group in gives else known.get(one.name)
        if most is None or not exceeds(asks, most):
            return False
    return True


def _great(
    great: set[int],
    free: Stage,
    seen: Seen,
    surveyed: Surveyed,
    gives: Mapping[str, Gives],
) -> Iterator[Finding]:
    severity = Severity.WARNS if great and may_add_nodes(seen) else Severity.BLOCKS
    families = by_key((free.moving[at].pod.family, free.moving[at]) for at in sorted(great))
    for family, pods in families.items():
        group = surveyed.group_of(pods[0])
        most = gives[group].most if group in gives else {}
        short = "; ".join(
            f"{name}: {shown(name, asks_of(pods[0])[name])} asked for,"
            f" {shown(name, most[name])} is the most that a new node of {group} has"
            for name in exceeds(asks_of(pods[0]), most)
        )
        told = f" ({short})" if short else ""
        what = (
            f"each of its pods that move ({len(pods)}) is greater than every node that will be"
            f" there for it{told}, so it finds no node"
        )
        if severity is Severity.WARNS:
            what += ", unless an autoscaler adds greater ones"
        remedy = "lower what it asks for, or make a group of a greater instance type first"
        yield Finding(severity, family, what, remedy)


# --- what does not come out -----------------------------------------------------------------------


def _of_group(name: str, packed: _Packed, seen: Seen) -> Iterator[Finding]:
    surveyed, subject = packed.surveyed, f"node group {name}"
    left = [one for one in packed.left if surveyed.group_of(one) == name]
    nodes = nodes_wanted(seen, name)
    if left:
        what = (
            f"its pods do not all fit on {counted(nodes, 'new node')}{_where(name, packed)} like"
            f" its present {_old(name, surveyed)}: packed, greatest first, {len(left)} of"
            f" {len(packed.of(name))} find no room ({_named(left, surveyed)}).{_each(name, packed)}"
            f" {_why(name, nodes, left, packed)}. They wait without a node, unless other groups"
            " take them or an autoscaler adds nodes"
        )
        yield Finding(Severity.WARNS, subject, what, REMEDY)
    for zone, pods in by_key(packed.lucky).items():
        mine = [one for one in pods if surveyed.group_of(one) == name]
        if mine:
            yield _luck(name, zone, nodes, mine, packed)


def _old(name: str, surveyed: Surveyed) -> int:
    return sum(node.node_group == name for node in surveyed.targets.values())


def _named(pods: Sequence[SurveyedPod], surveyed: Surveyed) -> str:
    return first_few(pod_groups(surveyed.named(pods)))


def _where(name: str, packed: _Packed) -> str:
    zones = packed.stage.zones[name].nodes
    if len(zones) < 2:
        return ""
    return f" ({', '.join(f'{zone} {count}' for zone, count in zones.items())})"


def _each(name: str, packed: _Packed) -> str:
    gives = packed.gives[name]
    text = ", ".join(
        f"{one} {shown(one, gives.least[one])}"
        for one in ("cpu", "memory", "ephemeral-storage", "pods")
        if one in gives.least
    )
    types = f", counted as the poorest of {', '.join(gives.types)}" if len(gives.types) > 1 else ""
    reckoned = f" ({', '.join(gives.reckoned)} by what EC2 says of it)" if gives.reckoned else ""
    return f" Each gives {text} beside DaemonSets{types}{reckoned}."


def _why(name: str, nodes: int, left: Sequence[SurveyedPod], packed: _Packed) -> str:
    """What there is too little of in all, or that it is in the wrong pieces."""
    each, wanted = packed.gives[name].least, total(map(asks_of, packed.of(name)))
    short = [
        f"{one}: {shown(one, amount)} asked for, {shown(one, nodes * each[one])} there"
        for one, amount in sorted(wanted.items())
        if one in each and amount > nodes * each[one] + SLACK
    ]
    if short:
        return f"In all, {'; '.join(short)}"
    asks = asks_of(left[0])
    text = ", ".join(f"{one} {shown(one, asks[one])}" for one in sorted(asks) if one != "pods")
    return (
        "In all there is enough, but no node has left what is needed at once, in a zone and beside"
        f" neighbours that the pod may have: {left[0].pod} asks for {text or 'a place'}"
    )


def _luck(
    name: str, zone: str, nodes: int, pods: Sequence[SurveyedPod], packed: _Packed
) -> Finding:
    zones = packed.stage.zones[name].nodes
    what = (
        f"{_named(pods, packed.surveyed)} can run in {zone} only (its volume, or what it asks of"
        f" its node), and {counted(nodes, 'new node')} may come up in any of {len(zones)} zones"
        f" ({', '.join(zones)}): where none comes up there, it finds no node"
    )
    remedy = f"set extra_nodes so that there are at least {len(zones)}, one in each zone"
    return Finding(Severity.WARNS, f"node group {name}", what, remedy)


CHECK = Check(
    "room",
    "Have the pods that move room on the new nodes, packed: cpu, memory, disk, devices, number of"
    " pods, zone by zone?",
    "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"
    "#how-pods-with-resource-requests-are-scheduled and"
    " https://docs.aws.amazon.com/autoscaling/ec2/userguide/"
    "ec2-auto-scaling-availability-zone-balanced.html",
    judge,
)

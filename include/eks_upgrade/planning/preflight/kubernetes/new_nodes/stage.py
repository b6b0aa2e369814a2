"""The nodes that there will be, and the pods that are to find a place on them. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.pod_facts.placement import Placement
from include.eks_upgrade.kube.pod_facts.volumes import Volume
from include.eks_upgrade.kube.volumes import ZONE, ZONE_KEYS
from include.eks_upgrade.planning.packing.model import Amounts, Bin, Item, Present
from include.eks_upgrade.planning.preflight.kubernetes.moving import nodes_wanted
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.gives import asks_of
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes.zones import (
    Zoned,
    spread_over,
    zones_of_group,
)
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.fit import reaches
from include.eks_upgrade.planning.survey.new_nodes import HOSTNAME, Shape, shape_after
from include.eks_upgrade.planning.survey.surveyed import Surveyed

Volumes = tuple[Volume, ...]
Given = Mapping[str, Amounts]
"""By old group, what one of its new nodes gives."""

Bound = Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class Kind:
    """Nodes that are alike: the new ones of a group in a zone, or one that stays.

    Attributes:
        shapes: what one of them may be like; of a group with nodes of several kinds there are
            several.
    """

    group: str
    zone: str
    shapes: tuple[Shape, ...]

    def takes(self, placement: Placement, volumes: Volumes) -> bool:
        """Whether a pod may be put there."""
        return any(
            placement.selects(one.name, labels)
            and placement.tolerates(one.taints)
            and all(reaches(volume, one.name, labels) for volume in volumes)
            for one, labels in self._labelled
        )

    def counts(self, placement: Placement) -> bool:
        """Whether a pod's spread constraints count it as a place: taints are not asked."""
        return any(placement.selects(one.name, labels) for one, labels in self._labelled)

    @cached_property
    def _labelled(self) -> tuple[tuple[Shape, dict[str, str]], ...]:
        return tuple((one, dict(one.labels)) for one in self.shapes)


@dataclass(frozen=True)
class Stage:
    """All of it.

    Attributes:
        bins: the nodes: the new ones, then those that stay, then the old ones, which only count as
            places.
        kinds: of each bin.
        moving: the pods that are to be started again elsewhere.
        items: the same pods, in the same order, as they are packed.
        present: the pods on nodes that stay.
        zones: by old group, where its new nodes come up.
        bound: by position of the pod, the zones of its own group in which it may be, where that is
            not all of them. None at all: another rule of the survey tells of it.
    """

    bins: tuple[Bin, ...]
    kinds: tuple[Kind, ...]
    moving: tuple[SurveyedPod, ...]
    items: tuple[Item, ...]
    present: tuple[Present, ...] = ()
    zones: Mapping[str, Zoned] = field(default_factory=dict)
    bound: Bound = field(default_factory=dict)


def moving_again(surveyed: Surveyed) -> tuple[SurveyedPod, ...]:
    """The pods that move and are started again: not bare ones, nor those that have ended."""
    return tuple(
        one
        for one in surveyed.moving
        if one.pod.owner is not None and not one.pod.finished and not one.pod.mirror
    )


def stage_of(seen: Seen, surveyed: Surveyed, gives: Given | None = None) -> Stage:
    """The new nodes alone, with what they give; without that, with those that stay and any room.

    What nodes that stay have left is not known, so of room only the new ones are asked.
    """
    moving = moving_again(surveyed)
    bound = _bound(moving, seen, surveyed)
    zones = dict(_zones(seen, surveyed, moving, bound, gives))
    made = [
        *_new(zones, surveyed, gives or {}),
        *_standing(surveyed),
        *_old(surveyed),
    ]
    bins, kinds = tuple(one for one, _ in made), tuple(kind for _, kind in made)
    allowed = _allowed(bins, surveyed, gives)
    items = tuple(_Items(surveyed, bins, kinds, allowed).all(moving))
    return Stage(bins, kinds, moving, items, tuple(_present(surveyed, bins)), zones, bound)


def volumes_of(one: SurveyedPod, surveyed: Surveyed) -> Volumes:
    """The volumes that bind a pod to nodes, as far as they are known and it runs where they are."""
    node = surveyed.targets[one.pod.node]
    found = (surveyed.facts.volumes.get((one.pod.namespace, claim)) for claim in one.claims)
    return tuple(
        each for each in found if each and each.terms and reaches(each, node.name, node.labels)
    )


# --- bins -----------------------------------------------------------------------------------------

Made = tuple[Bin, Kind]


def _bound(moving: Sequence[SurveyedPod], seen: Seen, surveyed: Surveyed) -> Bound:
    """By position, the zones of its own group in which a pod may be, where that is not all."""
    found: dict[int, frozenset[str]] = {}
    kinds = {
        group: [_kind(group, zone, surveyed) for zone in zones_of_group(group, seen, surveyed)]
        for group in surveyed.groups
    }
    for at, one in enumerate(moving):
        volumes = volumes_of(one, surveyed)
        if one.placement.free and not volumes:
            continue
        own = kinds[surveyed.group_of(one)]
        zones = frozenset(kind.zone for kind in own if kind.takes(one.placement, volumes))
        if len(zones) < len(own):
            found[at] = zones
    return found


def _zones(
    seen: Seen, surveyed: Surveyed, moving: Sequence[SurveyedPod], bound: Bound, gives: Given | None
) -> Iterator[tuple[str, Zoned]]:
    for group in surveyed.groups:
        wanted: dict[str, float] = {}
        for at, zones in bound.items():
            if len(zones) == 1 and surveyed.group_of(moving[at]) == group:
                (zone,) = zones
                part = _part(moving[at], (gives or {}).get(group, {}))
                wanted[zone] = wanted.get(zone, 0.0) + part
        nodes = nodes_wanted(seen, group)
        if gives is None:  # of a group that stands already, its nodes are among those that stay
            name = surveyed.groups[group].name
            nodes -= sum(node.node_group == name for node in surveyed.facts.nodes)
        yield group, spread_over(zones_of_group(group, seen, surveyed), max(nodes, 0), wanted)


def _part(one: SurveyedPod, gives: Amounts) -> float:
    asks = asks_of(one)
    return max((asks[name] / gives[name] for name in asks if gives.get(name, 0.0) > 0), default=1.0)


def _kind(group: str, zone: str, surveyed: Surveyed) -> Kind:
    shapes = dict.fromkeys(
        shape_after(node, surveyed.groups[group])
        for node in surveyed.targets.values()
        if node.node_group == group
    )
    here = [one for one in shapes if dict(one.labels).get(ZONE) == zone]
    return Kind(group, zone, tuple(here or (_in_zone(one, zone) for one in shapes)))


def _in_zone(shape: Shape, zone: str) -> Shape:
    labels = ((key, zone if zone and key in ZONE_KEYS else value) for key, value in shape.labels)
    return replace(shape, labels=tuple(labels))


def _new(zones: Mapping[str, Zoned], surveyed: Surveyed, gives: Given) -> Iterator[Made]:
    for group, zoned in zones.items():
        for zone, count in zoned.nodes.items():
            kind = _kind(group, zone, surveyed)
            labels = dict(kind.shapes[0].labels) if kind.shapes else {}
            for number in range(1, count + 1):
                name = f"new node {number} of {group} in {zone or 'its zone'}"
                places = {**labels, HOSTNAME: name}
                yield Bin(name, gives.get(group, {}), places, zone, group), kind


def _standing(surveyed: Surveyed) -> Iterator[Made]:
    """Nodes that stay. What they have left is not known, so they have room for everything."""
    for node in surveyed.facts.nodes:
        if node.name in surveyed.targets or node.unschedulable or node.deleting:
            continue
        zone = node.labels.get(ZONE, "")
        yield _bin(node), Kind("", zone, (_shape(node),))


def _old(surveyed: Surveyed) -> Iterator[Made]:
    """Old nodes: cordoned until all are empty, and places for a spread constraint until then."""
    for node in surveyed.targets.values():
        yield _bin(node), Kind("", node.labels.get(ZONE, ""), (_shape(node),))


def _allowed(bins: Sequence[Bin], surveyed: Surveyed, gives: Given | None) -> frozenset[int]:
    """The bins that pods may be put in at all."""
    return frozenset(
        at
        for at, one in enumerate(bins)
        if (one.name not in surveyed.targets if gives is None else one.group in gives)
    )


def _bin(node: Node) -> Bin:
    return Bin(node.name, {}, {**node.labels, HOSTNAME: node.name}, node.labels.get(ZONE, ""))


def _shape(node: Node) -> Shape:
    return Shape(node.name, tuple(sorted(node.labels.items())), node.taints)


def _present(surveyed: Surveyed, bins: Sequence[Bin]) -> Iterator[Present]:
    by_name = {one.name: at for at, one in enumerate(bins)}
    for pod in surveyed.facts.elsewhere:
        if pod.node in by_name and not pod.finished and not pod.terminating:
            yield Present(by_name[pod.node], pod.namespace, pod.labels)


# --- items ----------------------------------------------------------------------------------------


class _Items:
    """Pods that ask for the same get the same answer, once."""

    def __init__(
        self,
        surveyed: Surveyed,
        bins: Sequence[Bin],
        kinds: Sequence[Kind],
        allowed: frozenset[int],
    ) -> None:
        self._surveyed, self._bins, self._kinds = surveyed, bins, kinds
        self._allowed = allowed
        self._homes = dict(self._home_of_nodes())
        self._known: dict[tuple[Placement, Volumes, str], tuple[int, ...]] = {}
        self._counted: dict[Placement, tuple[int, ...]] = {}

    def all(self, moving: Iterable[SurveyedPod]) -> Iterator[Item]:
        """Each pod as it is packed."""
        for one in moving:
            bins = self._bins_of(one)
            home = self._homes.get(one.pod.node)
            yield Item(
                name=str(one.pod),
                asks=asks_of(one),
                bins=bins,
                counted=self._counted_by(one.placement) if one.needs.spread else (),
                home=home if home in bins else None,
                namespace=one.pod.namespace,
                labels=one.pod.labels,
                ports=one.needs.host_ports,
                apart=one.needs.apart,
                spread=one.needs.spread,
            )

    def _bins_of(self, one: SurveyedPod) -> tuple[int, ...]:
        group, volumes = self._surveyed.group_of(one), volumes_of(one, self._surveyed)
        key = one.placement, volumes, group
        if key not in self._known:
            takes = {
                id(kind): kind.takes(one.placement, volumes)
                for kind in {id(kind): kind for kind in self._kinds}.values()
            }
            found = [at for at in sorted(self._allowed) if takes[id(self._kinds[at])]]
            # Its own group's first, then the other new ones, then those that stay.
            found.sort(key=lambda at: (self._bins[at].group != group, not self._bins[at].group))
            self._known[key] = tuple(found)
        return self._known[key]

    def _counted_by(self, placement: Placement) -> tuple[int, ...]:
        if placement not in self._counted:
            self._counted[placement] = tuple(
                at for at, kind in enumerate(self._kinds) if kind.counts(placement)
            )
        return self._counted[placement]

    def _home_of_nodes(self) -> Iterator[tuple[str, int]]:
        """For each old node a new one of its group, in its zone where there is one left."""
        free = by_key(((one.group, one.zone), at) for at, one in enumerate(self._bins) if one.group)
        without = []
        for node in sorted(self._surveyed.targets.values(), key=lambda node: node.name):
            here = free.get((node.node_group or "", node.labels.get(ZONE, "")))
            if here:
                yield node.name, here.pop(0)
            else:
                without.append(node)
        rest = by_key((group, at) for (group, _), found in free.items() for at in found)
        for node in without:
            left = rest.get(node.node_group or "")
            if left:
                yield node.name, left.pop(0)

"""Which pods may stand beside one another: required anti-affinity and topology spread.

The scheduler's own rules, for pods that are put one after another:
https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from include.eks_upgrade.kube.pod_facts.needs import Apart
from include.eks_upgrade.planning.packing.model import Bin, Item, Left, Present, Why

Number = int
"""Of a rule, by its place in the list: counters of many pods are quicker with it."""

Counts = dict[tuple[Number, str], int]
"""By rule and place, how many pods; a plain mapping, for it is asked most of all."""


@dataclass(frozen=True)
class Rules:
    """The rules that are about one pod, at one moment.

    Attributes:
        covering: those that count it, its own or others'.
        apart: its own anti-affinity.
        spread: its own constraints, each with the number in the place that has fewest.
    """

    covering: tuple[Number, ...] = ()
    apart: tuple[Number, ...] = ()
    spread: tuple[tuple[Number, int], ...] = ()

    @property
    def none(self) -> bool:
        """Whether it may stand anywhere."""
        return not self.covering and not self.apart and not self.spread


class Neighbours:
    """The pods that were put so far, as the rules count them."""

    def __init__(
        self, items: Iterable[Item], bins: Sequence[Bin], present: Iterable[Present]
    ) -> None:
        self._bins = bins
        self._rules: list[Apart] = []
        self._numbers: dict[str, Number] = {}
        self._known: dict[int, Number] = {}
        for one in items:
            for rule in (*one.apart, *one.spread):
                self._number(rule)
        self._covered: Counts = {}
        self._owned: Counts = {}
        self._covering: dict[tuple[str, frozenset[tuple[str, str]]], tuple[Number, ...]] = {}
        self._counted: dict[tuple[Number, tuple[int, ...]], frozenset[str]] = {}
        for pod in present:
            self._count(self._covered, self._counting(pod.namespace, pod.labels), pod.bin)

    def rules_of(self, item: Item) -> Rules:
        """The rules about a pod that is put next."""
        if not self._rules:
            return Rules()
        return Rules(
            self._counting(item.namespace, item.labels),
            tuple(map(self._number, item.apart)),
            tuple((self._number(rule), self._fewest(rule, item)) for rule in item.spread),
        )

    def put(self, rules: Rules, where: int) -> None:
        """Count a pod at its bin."""
        self._count(self._covered, rules.covering, where)
        self._count(self._owned, rules.apart, where)

    def against(self, rules: Rules, where: int) -> Left | None:
        """The rule that keeps a pod from a bin; None where none does."""
        places = self._bins[where].places
        for counts, numbers in ((self._covered, rules.apart), (self._owned, rules.covering)):
            for number in numbers:
                place = places.get(self._rules[number].topology)
                if place is not None and counts.get((number, place)):
                    return Left(Why.APART, self._rules[number])
        for number, fewest in rules.spread:
            rule = self._rules[number]
            place = places.get(rule.topology)
            if place is None:
                continue
            there = self._covered.get((number, place), 0) + (number in rules.covering)
            if there - fewest > rule.most:
                return Left(Why.SPREAD, rule)
        return None

    def _count(self, counts: Counts, numbers: Iterable[Number], where: int) -> None:
        places = self._bins[where].places
        for number in numbers:
            place = places.get(self._rules[number].topology)
            if place is not None:
                counts[number, place] = counts.get((number, place), 0) + 1

    def _counting(self, namespace: str, labels: Mapping[str, str]) -> tuple[Number, ...]:
        """The rules that count a pod with these labels."""
        known = namespace, frozenset(labels.items())
        if known not in self._covering:
            self._covering[known] = tuple(
                at for at, rule in enumerate(self._rules) if rule.covers(namespace, labels)
            )
        return self._covering[known]

    def _fewest(self, rule: Apart, item: Item) -> int:
        """How many there are in the emptiest of the places that a constraint counts."""
        bins = item.bins if rule.honours_taints else item.counted
        number = self._number(rule)
        if (number, bins) not in self._counted:
            found = (self._bins[one].places.get(rule.topology) for one in bins)
            self._counted[number, bins] = frozenset(place for place in found if place is not None)
        places = self._counted[number, bins]
        return min((self._covered.get((number, place), 0) for place in places), default=0)

    def _number(self, rule: Apart) -> Number:
        # By its identity first: pods are many, and to write a rule out takes time.
        if id(rule) not in self._known:
            spaces = None if rule.namespaces is None else sorted(rule.namespaces)
            parts = [rule.topology, rule.selector, spaces, rule.most, rule.honours_taints]
            written = json.dumps(parts, sort_keys=True)
            if written not in self._numbers:
                self._numbers[written] = len(self._rules)
                self._rules.append(rule)
            self._known[id(rule)] = self._numbers[written]
        return self._known[id(rule)]

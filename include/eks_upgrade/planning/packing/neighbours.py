"""Which pods may stand beside one another: required anti-affinity and topology spread.

The scheduler's own rules, for pods that are put one after another:
https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from include.eks_upgrade.kube.pod_facts.needs import Apart
from include.eks_upgrade.planning.packing.model import Bin, Item, Left, Present, Why

Key = tuple[str, str, frozenset[str] | None, int, bool]
"""A rule as something that can be looked up; its first part is the topology."""


@dataclass(frozen=True)
class Rules:
    """The rules that are about one pod, at one moment.

    Attributes:
        covering: those that count it, its own or others'.
        apart: its own anti-affinity.
        spread: its own constraints, each with the number in the place that has fewest.
    """

    covering: tuple[Key, ...] = ()
    apart: tuple[Key, ...] = ()
    spread: tuple[tuple[Key, int], ...] = ()

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
        self._keys: dict[int, Key] = {}
        self._rules: dict[Key, Apart] = {}
        for one in items:
            for rule in (*one.apart, *one.spread):
                self._rules[self._key(rule)] = rule
        self._covered: Counter[tuple[Key, str]] = Counter()
        self._owned: Counter[tuple[Key, str]] = Counter()
        self._covering: dict[tuple[str, frozenset[tuple[str, str]]], tuple[Key, ...]] = {}
        self._counted: dict[tuple[Key, tuple[int, ...]], frozenset[str]] = {}
        for pod in present:
            self._count(self._covered, self._counting(pod.namespace, pod.labels), pod.bin)

    def rules_of(self, item: Item) -> Rules:
        """The rules about a pod that is put next."""
        if not self._rules:
            return Rules()
        return Rules(
            self._counting(item.namespace, item.labels),
            tuple(map(self._key, item.apart)),
            tuple((self._key(rule), self._fewest(rule, item)) for rule in item.spread),
        )

    def put(self, rules: Rules, where: int) -> None:
        """Count a pod at its bin."""
        self._count(self._covered, rules.covering, where)
        self._count(self._owned, rules.apart, where)

    def against(self, rules: Rules, where: int) -> Left | None:
        """The rule that keeps a pod from a bin; None where none does."""
        places = self._bins[where].places
        for counts, keys in ((self._covered, rules.apart), (self._owned, rules.covering)):
            for key in keys:
                if key[0] in places and counts[key, places[key[0]]]:
                    return Left(Why.APART, self._rules[key])
        for key, fewest in rules.spread:
            if key[0] in places:
                there = self._covered[key, places[key[0]]] + (key in rules.covering)
                if there - fewest > self._rules[key].most:
                    return Left(Why.SPREAD, self._rules[key])
        return None

    def _count(self, counts: Counter[tuple[Key, str]], keys: Iterable[Key], where: int) -> None:
        places = self._bins[where].places
        counts.update((key, places[key[0]]) for key in keys if key[0] in places)

    def _counting(self, namespace: str, labels: Mapping[str, str]) -> tuple[Key, ...]:
        """The rules that count a pod with these labels."""
        known = namespace, frozenset(labels.items())
        if known not in self._covering:
            self._covering[known] = tuple(
                key for key, rule in self._rules.items() if rule.covers(namespace, labels)
            )
        return self._covering[known]

    def _fewest(self, rule: Apart, item: Item) -> int:
        """How many there are in the emptiest of the places that a constraint counts."""
        bins = item.bins if rule.honours_taints else item.counted
        key = self._key(rule)
        if (key, bins) not in self._counted:
            found = (self._bins[one].places.get(rule.topology) for one in bins)
            self._counted[key, bins] = frozenset(place for place in found if place is not None)
        return min((self._covered[key, place] for place in self._counted[key, bins]), default=0)

    def _key(self, rule: Apart) -> Key:
        # By its identity: pods of one workload are many, and writing a selector out takes time.
        if id(rule) not in self._keys:
            selector = json.dumps(rule.selector, sort_keys=True)
            key = rule.topology, selector, rule.namespaces, rule.most, rule.honours_taints
            self._keys[id(rule)] = key
        return self._keys[id(rule)]

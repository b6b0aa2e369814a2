"""First fit decreasing over everything that a node has little of.

A packing that comes out is an assignment. One that does not come out proves nothing: another order
might. So several are tried, that of today among them, and the one that leaves fewest counts.
"""

from collections.abc import Callable, Iterator, Sequence

from include.eks_upgrade.kube.pod_facts.needs import HostPort
from include.eks_upgrade.planning.packing.model import (
    SLACK,
    Amounts,
    Bin,
    Item,
    Left,
    Packing,
    Present,
    Why,
)
from include.eks_upgrade.planning.packing.neighbours import Neighbours, Rules

_NO_ROOM = Left(Why.ROOM)
_NO_PORT = Left(Why.PORT)


def pack(items: Sequence[Item], bins: Sequence[Bin], present: Sequence[Present] = ()) -> Packing:
    """The best of several ways to put pods on nodes.

    Args:
        items: the pods that are put.
        bins: the nodes.
        present: pods that stand on them already; what they take is no more in `gives`.
    """
    best: Packing | None = None
    for order, at_home in _ways(items, bins):
        found = _Run(items, bins, present).put(order, at_home=at_home)
        if best is None or len(found.left) < len(best.left):
            best = found
        if not best.left:
            break
    return best or Packing({}, {})


def exceeds(asks: Amounts, gives: Amounts) -> tuple[str, ...]:
    """The resources of which more is asked for than is given."""
    return tuple(name for name in asks if asks[name] > gives.get(name, asks[name]) + SLACK)


def _ways(items: Sequence[Item], bins: Sequence[Bin]) -> Iterator[tuple[list[int], bool]]:
    """Orders of the pods, and whether each is first tried on the node that stands for its own."""
    most: dict[str, float] = {}
    for one in bins:
        for name, amount in one.gives.items():
            most[name] = max(most.get(name, 0.0), amount)
    greatest = _by(items, lambda one: (-_share(one.asks, most), one.name))
    yield greatest, False
    yield greatest, True
    # Those that may be put in few places before those that go anywhere.
    yield _by(items, lambda one: (len(one.bins), -_share(one.asks, most), one.name)), False


def _by(items: Sequence[Item], key: Callable[[Item], tuple[object, ...]]) -> list[int]:
    return sorted(range(len(items)), key=lambda at: key(items[at]))


def _share(asks: Amounts, most: Amounts) -> float:
    """The greatest part that a pod takes of anything a node has."""
    return max((asks[name] / most[name] for name in asks if most.get(name)), default=0.0)


class _Run:
    """One way to put them."""

    def __init__(
        self, items: Sequence[Item], bins: Sequence[Bin], present: Sequence[Present]
    ) -> None:
        self._items = items
        self._free = [dict(one.gives) for one in bins]
        self._ports: list[set[HostPort]] = [set() for _ in bins]
        self._neighbours = Neighbours(items, bins, present)
        self._full: dict[tuple[object, ...], int] = {}

    def put(self, order: Sequence[int], *, at_home: bool) -> Packing:
        """Put the pods in an order."""
        at: dict[int, int] = {}
        left: dict[int, Left] = {}
        for position in order:
            item = self._items[position]
            rules = self._neighbours.rules_of(item)
            found = self._find(item, rules, at_home=at_home)
            if isinstance(found, Left):
                left[position] = found
            else:
                at[position] = found
                self._take(item, rules, found)
        return Packing(at, left)

    def _find(self, item: Item, rules: Rules, *, at_home: bool) -> int | Left:
        why = _NO_ROOM
        for where in self._with_room(item, at_home=at_home):
            if any(port in self._ports[where] for port in item.ports):
                why = _NO_PORT
                continue
            against = None if rules.none else self._neighbours.against(rules, where)
            if against is None:
                return where
            why = against
        return why

    def _with_room(self, item: Item, *, at_home: bool) -> Iterator[int]:
        if at_home and item.home is not None and self._has_room(item, item.home):
            yield item.home
        # Nothing is taken away again: what had no room for a pod has none for its like.
        kind = (tuple(sorted(item.asks.items())), item.bins)
        full = self._full.get(kind, 0)
        while full < len(item.bins) and not self._has_room(item, item.bins[full]):
            full += 1
        self._full[kind] = full
        yield from (one for one in item.bins[full:] if self._has_room(item, one))

    def _has_room(self, item: Item, where: int) -> bool:
        free = self._free[where]
        return not free or not exceeds(item.asks, free)

    def _take(self, item: Item, rules: Rules, where: int) -> None:
        free = self._free[where]
        for name, amount in item.asks.items():
            if name in free:
                free[name] -= amount
        self._ports[where].update(item.ports)
        self._neighbours.put(rules, where)

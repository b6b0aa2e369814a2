"""A drain in numbers: who may go when, by the rules of the drain itself, played through at once.

Pure, and without a clock: thousands of pods take a moment. The rules are those of `drain/eviction`
(a place of a limit is free again when the replacement is Ready), `drain/order/window`
(`nodes_at_once`) and `drain/order/precedence` (what the cluster needs goes last).
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from include.eks_upgrade.drain.order.precedence import PATIENCE, Precedence
from include.eks_upgrade.drain.order.window import next_window
from include.eks_upgrade.planning.prediction.defaults import REACTION_SECONDS
from include.eks_upgrade.planning.prediction.limits import Limit, MovingPod

LOOK_SECONDS = 0.1
"""How often a limit is looked at again that waits for the share of requests."""

Place = tuple[str, Precedence, float]
"""Pods that may go under the same conditions: node, precedence, and not before when."""


@dataclass(frozen=True)
class Played:
    """How a drain went, in seconds from its beginning.

    Attributes:
        seconds: until the last pod had gone.
        by_limit: the same of each limit, in the order in which they were given.
        by_node: the same of each node.
    """

    seconds: float = 0.0
    by_limit: tuple[float, ...] = ()
    by_node: Mapping[str, float] = field(default_factory=dict)


def play(limits: Sequence[Limit], *, window: int | None = None, rate: float = 0.0) -> Played:
    """Play a drain through.

    Args:
        limits: all pods that have to go, each under one limit.
        window: how many nodes are emptied at the same time; None: all.
        rate: requests that may be sent in a second; 0: any number.
    """
    return _Drain(limits, window, rate).run()


class _Queue:
    """The pods of one limit that have not been asked yet."""

    def __init__(self, limit: Limit) -> None:
        self.free, self.waiting = limit.allowed, len(limit.pods)
        self.places: dict[Place, list[MovingPod]] = {}
        # The next is the last of a list: as in the drain's own queues one that takes no place comes
        # first, then the longest grace period.
        for pod in sorted(limit.pods, key=lambda one: (not one.counted, one.grace, one.name)):
            place = (pod.node, pod.precedence, pod.not_before)
            self.places.setdefault(place, []).append(pod)

    def take(self, place: Place) -> MovingPod | None:
        """The next pod of a place, when the limit lets it go."""
        pods = self.places[place]
        counts = self.free is not None and pods[-1].counted
        if counts and self.free == 0:
            return None
        pod = pods.pop()
        self.waiting -= 1
        if not pods:
            del self.places[place]
        self.spend(-1 if counts else 0)
        return pod

    def spend(self, number: int) -> None:
        """So many places more are free."""
        if self.free is not None:
            self.free += number


class _Pods:
    """The pods that are still there: on which node, and of which precedence."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        pods = [pod for limit in limits for pod in limit.pods]
        self.on = Counter(pod.node for pod in pods)
        self.stopping: Counter[str] = Counter()
        self._kinds = Counter((pod.precedence, pod.node) for pod in pods)
        self._all = Counter(pod.precedence for pod in pods)
        self._moved = dict.fromkeys(Precedence, 0.0)

    def asked(self, pod: MovingPod, when: float) -> None:
        self.stopping[pod.node] += 1
        self._moved[pod.precedence] = max(self._moved[pod.precedence], when)

    def gone(self, pod: MovingPod, when: float) -> None:
        self.on[pod.node] -= 1
        self.stopping[pod.node] -= 1
        self._kinds[pod.precedence, pod.node] -= 1
        self._all[pod.precedence] -= 1
        self._moved[pod.precedence] = max(self._moved[pod.precedence], when)

    def of(self, precedence: Precedence, nodes: Iterable[str] | None) -> int:
        """How many of a precedence there are on some nodes; None: on all."""
        if nodes is None:
            return self._all[precedence]
        return sum(self._kinds[precedence, node] for node in nodes)

    def turn(self, precedence: Precedence, nodes: Iterable[str] | None) -> float:
        """When pods of a precedence may go, as it looks now; 0: at once."""
        before = [place for place in Precedence if place < precedence]
        if not any(self.of(place, nodes) for place in before):
            return 0.0
        return max(self._moved[place] for place in before) + PATIENCE


class _Share:
    """Requests that may be sent: so many in a second, with what was not used of the last moments.

    The generic cell rate algorithm: the bucket as one number.
    """

    def __init__(self, rate: float, burst_seconds: float) -> None:
        self._pause = 1 / rate if rate > 0 else 0.0
        self._burst = max(0.0, burst_seconds - self._pause)
        self._due = 0.0

    def ready(self) -> float:
        """From when on one may be sent."""
        return self._due - self._burst

    def take(self, now: float) -> None:
        self._due = max(now, self._due) + self._pause


class _Drain:
    def __init__(self, limits: Sequence[Limit], window: int | None, rate: float) -> None:
        self.queues = [_Queue(limit) for limit in limits]
        self.pods = _Pods(limits)
        self.size = window
        self.inside: frozenset[str] | None = frozenset() if window else None
        self.room_for_nodes = True
        # Pods that nothing holds have half of the requests, so that no budget waits behind them.
        self.all, self.half = _Share(rate, 1.0), _Share(rate / 2, LOOK_SECONDS)
        self.now = self.wakes = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.numbers = count()
        self.ends, self.nodes = [0.0] * len(limits), dict[str, float]()
        self.dirty = set(range(len(limits)))

    def run(self) -> Played:
        self.pump()
        while self.events:
            self.now = self.events[0][0]
            while self.events and self.events[0][0] <= self.now:
                heapq.heappop(self.events)[2]()
            self.pump()
        return Played(max(self.ends, default=0.0), tuple(self.ends), self.nodes)

    def later(self, when: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.events, (when, next(self.numbers), what))

    def pump(self) -> None:
        """Ask every pod that may go now; the longest queue first."""
        self.move_window()
        if self.starves():
            return
        turns = {place: self.pods.turn(place, self.inside) for place in Precedence}
        dirty, self.dirty = self.dirty, set()
        for number in sorted(dirty, key=lambda one: -self.queues[one].waiting):
            if self.starves():
                self.dirty.add(number)
                continue
            for place in self.admitted(number):
                due = max(place[2], turns[place[1]])
                if due > self.now:
                    self.later(due, partial(self.dirty_again, number))
                else:
                    self.send(number, place)

    def starves(self) -> bool:
        """Whether no request may be sent now; then all is looked at again when one may."""
        ready = self.all.ready()
        if ready > self.now and self.wakes <= self.now:
            self.wakes = max(ready, self.now + LOOK_SECONDS)
            self.later(self.wakes, lambda: None)
        return ready > self.now

    def admitted(self, number: int) -> list[Place]:
        """The places of a queue whose nodes are in the window."""
        places, inside = self.queues[number].places, self.inside
        return [one for one in places if inside is None or one[0] in inside]

    def dirty_again(self, number: int) -> None:
        """Something has changed for a limit: the next look is at it as well."""
        self.dirty.add(number)

    def all_dirty(self) -> None:
        self.dirty.update(range(len(self.queues)))

    def move_window(self) -> None:
        """Let nodes in for those that are empty."""
        if self.size is None or self.inside is None or not self.room_for_nodes:
            return
        self.room_for_nodes = False
        begun = {node for node, pods in self.pods.stopping.items() if pods > 0}
        inside = next_window(self.inside, self.pods.on, begun, self.size)
        if inside != self.inside:
            self.inside = inside
            self.all_dirty()

    def send(self, number: int, place: Place) -> None:
        """Ask the pods of a place, as many as their limit and the share of requests let go."""
        queue = self.queues[number]
        while place in queue.places:
            ready = self.ready(held=queue.free is not None)
            if ready > self.now:
                self.later(max(ready, self.now + LOOK_SECONDS), partial(self.dirty_again, number))
                return
            pod = queue.take(place)
            if pod is None:
                return
            self.ask(number, pod, held=queue.free is not None)

    def ready(self, *, held: bool) -> float:
        return self.all.ready() if held else max(self.all.ready(), self.half.ready())

    def ask(self, number: int, pod: MovingPod, *, held: bool) -> None:
        self.all.take(self.now)
        if not held:
            self.half.take(self.now)
        self.pods.asked(pod, self.now)
        self.later(self.now + pod.stop, partial(self.gone, number, pod))
        if held and pod.counted:
            self.later(self.now + REACTION_SECONDS + pod.cycle, partial(self.replaced, number))

    def gone(self, number: int, pod: MovingPod) -> None:
        self.pods.gone(pod, self.now)
        self.ends[number] = self.nodes[pod.node] = self.now
        self.room_for_nodes |= not self.pods.on[pod.node]
        if not self.pods.of(pod.precedence, self.inside):
            self.all_dirty()  # those that come after them may go now

    def replaced(self, number: int) -> None:
        self.queues[number].spend(1)
        self.dirty.add(number)

"""Whose turn it is: the pods that have to leave, queued by the budget that covers them. No I/O.

Every budget has a queue, and one more holds the pods without any. Under a budget one request is
on its way at a time: the API server counts each eviction by rewriting the budget, and two at
once would only make it try again, half a second later. What takes longest comes first: the
queue with the most pods, and in it the pod with the longest grace period.
"""

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from include.eks_upgrade.drain.budgets import is_protected
from include.eks_upgrade.drain.ledger import LONGEST_BACK_OFF, Spending
from include.eks_upgrade.kube.objects import Budget, Pod

FREE = ""
"""Name of the queue of pods that no budget covers."""

CONTESTED = "more than one budget"
"""Name of the queue of pods that the API server evicts under no circumstances."""

FIRST_BACK_OFF = 0.25
"""Seconds after a first refusal; doubled each time, up to `LONGEST_BACK_OFF`."""

Rank = tuple[int, str, str]


@dataclass(slots=True)
class Queue:
    """Pods that wait under one budget.

    Attributes:
        waiting: by uid, those that have not been asked for.
        unready: those of them that a budget may have no say in.
        busy: a request is on its way.
        refusals: in a row.
        not_before: epoch seconds until which the budget is left in peace after a refusal.
    """

    name: str
    waiting: dict[str, Pod] = field(default_factory=dict)
    unready: dict[str, Pod] = field(default_factory=dict)
    busy: bool = False
    refusals: int = 0
    not_before: float = 0.0
    _ranks: list[Rank] = field(default_factory=list)

    def put(self, pod: Pod) -> None:
        """A pod joins, or has changed."""
        known = self.waiting.get(pod.uid)
        if known is None or known.grace_seconds != pod.grace_seconds:
            heapq.heappush(self._ranks, (-pod.grace_seconds, str(pod), pod.uid))
        self.waiting[pod.uid] = pod
        if pod.ready:
            self.unready.pop(pod.uid, None)
        else:
            self.unready[pod.uid] = pod

    def remove(self, uid: str) -> None:
        """A pod leaves the queue."""
        self.waiting.pop(uid, None)
        self.unready.pop(uid, None)

    def first(self, eligible: Callable[[Pod], bool]) -> Pod | None:
        """The pod whose turn it is among those that are eligible; it stays in the queue."""
        passed: list[Rank] = []
        found = None
        while self._ranks and found is None:
            rank = heapq.heappop(self._ranks)
            pod = self.waiting.get(rank[2])
            if pod is None:
                continue
            passed.append(rank)
            found = pod if eligible(pod) else None
        for rank in passed:
            heapq.heappush(self._ranks, rank)
        return found

    def back_off(self, now: float, at_least: float = 0.0) -> None:
        """A budget refused all the same: leave it in peace, a little longer each time."""
        seconds = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0**self.refusals)
        self.refusals += 1
        self.not_before = now + max(at_least, seconds * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


class Turns:
    """All queues."""

    def __init__(self) -> None:
        self.queues: dict[str, Queue] = {}
        self.cover: dict[str, tuple[str, ...]] = {}
        self._queue_of: dict[str, str] = {}

    @property
    def free(self) -> Queue:
        """The queue of pods that no budget covers."""
        return self._queue(FREE)

    def place(self, pod: Pod, over: Iterable[Budget]) -> None:
        """A pod waits under these budgets."""
        names = tuple(map(str, over))
        self.cover[pod.uid] = names
        name = names[0] if names else FREE
        if len(names) > 1:
            name = FREE if pod.finished or pod.phase == "Pending" else CONTESTED
        if self._queue_of.get(pod.uid, name) != name:
            self.remove(pod.uid)
        self._queue_of[pod.uid] = name
        self._queue(name).put(pod)

    def remove(self, uid: str) -> None:
        """A pod has been asked for, or has gone."""
        name = self._queue_of.pop(uid, None)
        if name is not None:
            self.queues[name].remove(uid)

    def under_budgets(self) -> Iterator[Queue]:
        """The queues of budgets in which somebody waits, the longest first."""
        queues = (q for n, q in self.queues.items() if n not in {FREE, CONTESTED} and q.waiting)
        return iter(sorted(queues, key=lambda queue: -len(queue.waiting)))

    def _queue(self, name: str) -> Queue:
        if name not in self.queues:
            self.queues[name] = Queue(name)
        return self.queues[name]


def next_under(
    queue: Queue, budget: Budget, spending: Spending, eligible: Callable[[Pod], bool]
) -> Pod | None:
    """The pod under a budget whose eviction may be asked for now, if any may.

    A pod that the budget has no say in goes first: it takes nothing from the others.
    """
    for pod in queue.unready.values():
        if not is_protected(pod, budget) and eligible(pod):
            return pod
    return queue.first(eligible) if spending.free(budget) > 0 else None

"""The pods that have to leave, queued by what decides when they may. No I/O.

Every budget has a queue; so has every workload without one, and one more has the pods of which
any number may go. Under a budget one request is on its way at a time: the API server counts each
eviction by rewriting the budget, and two at once would only make it try again, half a second
later. What takes longest comes first: the queue with the most pods, and in it the pod with the
longest grace period.
"""

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from include.eks_upgrade.drain.budgets import is_protected
from include.eks_upgrade.drain.eviction.spending import Spending
from include.eks_upgrade.drain.ledger import LONGEST_BACK_OFF, PodEntry
from include.eks_upgrade.kube.objects import Budget

FREE = ""
"""Name of the queue of pods that nothing holds: no budget, and no workload that would miss them."""

WORKLOAD = "workload: "
"""What the name of a workload's queue begins with; its family follows."""

CONTESTED = "more than one budget"
"""Name of the queue of pods that the API server evicts under no circumstances."""

FIRST_BACK_OFF = 0.25
"""Seconds after a first refusal; doubled each time, up to `LONGEST_BACK_OFF`."""

Rank = tuple[int, str, str]
"""Negative grace period, name, uid: the least comes first."""

Eligible = Callable[[PodEntry], bool]


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
    waiting: dict[str, PodEntry] = field(default_factory=dict)
    unready: dict[str, PodEntry] = field(default_factory=dict)
    busy: bool = False
    refusals: int = 0
    not_before: float = 0.0
    _ranks: list[Rank] = field(default_factory=list)

    def put(self, entry: PodEntry) -> None:
        """A pod joins, or has changed."""
        pod = entry.pod
        # A pod keeps its rank as long as it waits: what it is ranked by is in its spec, which
        # cannot be changed. Its readiness can, with every event.
        if pod.uid not in self.waiting:
            heapq.heappush(self._ranks, (-pod.grace_seconds, str(pod), pod.uid))
        self.waiting[pod.uid] = entry
        if pod.ready:
            self.unready.pop(pod.uid, None)
        else:
            self.unready[pod.uid] = entry

    def remove(self, uid: str) -> None:
        """A pod leaves the queue."""
        # Its rank stays in the heap, where it could only be found by looking at all of them;
        # `first` throws it away when it comes to the top.
        self.waiting.pop(uid, None)
        self.unready.pop(uid, None)

    def first(self, eligible: Eligible) -> PodEntry | None:
        """The pod whose turn it is among those that are eligible; it stays in the queue."""
        passed: list[Rank] = []
        found = None
        while self._ranks and found is None:
            rank = heapq.heappop(self._ranks)
            entry = self.waiting.get(rank[2])
            if entry is None:
                continue
            passed.append(rank)
            found = entry if eligible(entry) else None
        # Whoever was passed over keeps the rank: it may be eligible at the very next look, and
        # the one that was found stays until its request is really sent.
        for rank in passed:
            heapq.heappush(self._ranks, rank)
        return found

    def back_off(self, now: float, at_least: float = 0.0) -> None:
        """A budget refused all the same: leave it in peace, a little longer each time."""
        # With jitter: queues that were refused together by one busy server must not come back
        # to it together.
        seconds = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0**self.refusals)
        self.refusals += 1
        self.not_before = now + max(at_least, seconds * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


class EvictionQueues:
    """All queues, by name: the budget's, or `workload_queue` of the family."""

    def __init__(self) -> None:
        self.by_name: dict[str, Queue] = {}

    @property
    def free(self) -> Queue:
        """The queue of pods that nothing holds."""
        return self._queue(FREE)

    def place(self, entry: PodEntry, over: Iterable[Budget], family: str = "") -> None:
        """A pod waits under these budgets; without any, with its workload, if it has one."""
        entry.budgets = tuple(map(str, over))
        name = entry.budgets[0] if entry.budgets else workload_queue(family)
        if len(entry.budgets) > 1:
            # The server refuses such a pod whatever the counts say (a 500), unless budgets have
            # no say in it at all. In a queue of its own it holds up neither of the two.
            name = FREE if entry.pod.finished or entry.pod.phase == "Pending" else CONTESTED
        if entry.queue != name:
            self.remove(entry)
        entry.queue = name
        self._queue(name).put(entry)

    def remove(self, entry: PodEntry) -> None:
        """A pod has been asked for, or has gone."""
        if entry.queue is not None:
            self.by_name[entry.queue].remove(entry.pod.uid)
            entry.queue = None

    def waited_in(self) -> Iterator[str]:
        """Names of the queues of budgets and workloads in which somebody waits."""
        return (n for n, queue in self.by_name.items() if queue.waiting and n != FREE)

    def longest_first(self, names: Iterable[str]) -> tuple[list[Queue], list[Queue]]:
        """The queues of budgets and those of workloads, of these, in which somebody waits."""
        named = [self.by_name[name] for name in names if name in self.by_name]
        queues = sorted((q for q in named if q.waiting), key=lambda queue: -len(queue.waiting))
        budgets = [queue for queue in queues if _of_budget(queue.name)]
        return budgets, [queue for queue in queues if is_workload(queue.name)]

    def _queue(self, name: str) -> Queue:
        if name not in self.by_name:
            self.by_name[name] = Queue(name)
        return self.by_name[name]


def workload_queue(family: str) -> str:
    """Name of a workload's queue; the free one's for pods that have no workload."""
    return WORKLOAD + family if family else FREE


def family_of_queue(name: str) -> str:
    """The family whose queue has this name."""
    return name.removeprefix(WORKLOAD)


def is_workload(name: str) -> bool:
    """Whether a queue is a workload's; a budget's name (`namespace/name`) has no blank."""
    return name.startswith(WORKLOAD)


def _of_budget(name: str) -> bool:
    return name not in {FREE, CONTESTED} and not is_workload(name)


def next_under(
    queue: Queue, budget: Budget, spending: Spending, eligible: Eligible
) -> PodEntry | None:
    """The pod under a budget whose eviction may be asked for now, if any may.

    A pod that the budget has no say in goes first: it takes nothing from the others.
    """
    for entry in queue.unready.values():
        if not is_protected(entry.pod, budget) and eligible(entry):
            return entry
    return queue.first(eligible) if spending.free(budget) > 0 else None

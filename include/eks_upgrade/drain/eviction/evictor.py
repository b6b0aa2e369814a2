"""Sending evictions: each the moment it may go, and never faster than the server's share allows."""

import asyncio
import heapq
import logging
import random
from collections.abc import Callable

from aiolimiter import AsyncLimiter

from include.eks_upgrade.common.errors import UnexpectedResponse, Unreachable
from include.eks_upgrade.common.event_loop import Slice
from include.eks_upgrade.drain.budgets import is_protected
from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.eviction.queues import (
    FREE,
    EvictionQueues,
    Queue,
    family_of_queue,
    is_workload,
    next_under,
    workload_queue,
)
from include.eks_upgrade.drain.eviction.rolling import RollingWorkloads
from include.eks_upgrade.drain.eviction.single_replicas import SingleReplicas
from include.eks_upgrade.drain.eviction.spending import Spending
from include.eks_upgrade.drain.eviction.turns import Turns
from include.eks_upgrade.drain.ledger import LONGEST_BACK_OFF, Fate, Ledger, PodEntry
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.eviction import (
    Blocked,
    Closing,
    Denied,
    EvictionAnswer,
    Overloaded,
)
from include.eks_upgrade.kube.objects import Budget

log = logging.getLogger(__name__)

IN_FLIGHT = 16
"""Evictions of pods without a budget that are on their way at the same time."""

BUDGETED_IN_FLIGHT = 64
"""The same under budgets: more than the share of requests can use, and not one for each of
thousands of budgets, which would only wait for its turn in the share."""

SAME_WORKLOAD_PAUSE = 5.0
"""Seconds between two cluster-critical pods of one workload that no budget protects."""

RETURN_PAUSE = 60.0
"""Seconds between two evictions of a workload whose pods keep coming back to old nodes."""

NO_EFFECT = 40.0
"""Seconds after which an eviction that was accepted and shows no effect is asked for again; more
than a request may take."""


class Evictor:
    """Asks for pods to leave, and takes in the answers.

    Args:
        setup: what may be done, and by which client.
        view: what is seen.
        ledger: what is known of each pod.
        wake: called when an answer has come.
        started: called with each request that runs on its own.
    """

    def __init__(
        self,
        setup: DrainSetup,
        view: ClusterView,
        ledger: Ledger,
        wake: Callable[[], None],
        started: Callable[["asyncio.Task[None]"], None],
    ) -> None:
        self.setup = setup
        self.clock = setup.clock
        self.view = view
        self.ledger = ledger
        self.queues = EvictionQueues()
        self.spending = Spending()
        self.rolling = RollingWorkloads(setup, view)
        self.turns = Turns(setup, view, ledger)
        self.singles = SingleReplicas(setup, view, ledger, self.turns)
        self.sent = view.families.sent
        self._wake, self._started = wake, started
        self._paused_until = 0.0
        self._alarms: list[float] = []
        self._in_flight = self._budgeted_in_flight = 0
        # Names of the queues that may have somebody to send. What has none is taken out, and put
        # in again by whatever changes that: with thousands of budgets and workloads a look at all
        # of them for every pod that goes would be too much.
        self._hopeful: dict[str, None] = {}
        self._backing_off: list[tuple[float, str]] = []
        self._free_wake = asyncio.Event()
        # Half the share: pods whose budget has just let them go must not queue behind the rest.
        # One by one, not in a burst: a replacement that finds no node is to be seen in time.
        self._free_rate = AsyncLimiter(1, 2 / setup.options.requests_per_second)

    def place(self, entry: PodEntry) -> None:
        """A pod that has to leave waits for its turn."""
        # A deletion passes every budget, so none of them has a queue for it to wait in.
        over = () if self.setup.options.disable_eviction else self.view.budgets.over(entry.pod)
        self.queues.place(entry, over, self.rolling.family_of(entry.pod))
        self._hope_for(entry.queue)

    def withdraw(self, entry: PodEntry) -> None:
        """A pod need not, or may not, be asked for."""
        self.queues.remove(entry)

    def left(self, entry: PodEntry) -> None:
        """A pod has left the nodes."""
        self.queues.remove(entry)
        # The budget may have been listed anew before its pods were: then no event of its own
        # comes any more that would show what was spent.
        for name in entry.budgets:
            if name in self.view.budgets.by_name:
                self.spending.seen(self.view.budgets.by_name[name])
            self._hope_for(name)
        # Even a pod of another workload may go now: the one that left may have been the last
        # ordinary one, or the sibling that a critical one waited for.
        self.hope(entry.pod.family)
        if self.turns.ends_with(entry):
            self.hope_for_all()

    def hope(self, family: str) -> None:
        """Something has changed about this workload: a pod of it may be able to go now."""
        self._hope_for(workload_queue(family))

    def hope_for_all(self) -> None:
        """The same for every workload and budget."""
        self._hopeful = dict.fromkeys(self.queues.waited_in())
        self._free_wake.set()

    def budget_changed(self, budget: Budget) -> bool:
        """A budget shows what has been spent on it; whether a pod waits under it."""
        self.spending.seen(budget)
        self._hope_for(str(budget))
        queue = self.queues.by_name.get(str(budget))
        return queue is not None and bool(queue.waiting)

    def pump(self) -> None:
        """Ask for every pod whose budget, or whose workload, has room now.

        With thousands of both it stops after a while, so that others get their turn in the event
        loop, and asks to be called again.
        """
        now, slice_ = self.clock.now(), Slice()
        if self.turns.move_on() or self._is_patience_over(now):
            self.hope_for_all()
        while self._backing_off and self._backing_off[0][0] <= now:
            self._hope_for(heapq.heappop(self._backing_off)[1])
        if now < self._paused_until:
            return
        self._free_wake.set()
        budgets, workloads = self.queues.longest_first(self._hopeful)
        self._hopeful = {}
        self._pump_budgets(budgets, now, slice_)
        self._pump_workloads(workloads, slice_)

    def _pump_budgets(self, queues: list[Queue], now: float, slice_: Slice) -> None:
        for number, queue in enumerate(queues):
            full = self._budgeted_in_flight >= BUDGETED_IN_FLIGHT
            if full or slice_.used_up():
                self._hopeful |= dict.fromkeys(one.name for one in queues[number:])
                # When one of those on their way has come back, this is called anyway.
                if not full:
                    self._wake()
                return
            budget = self.view.budgets.by_name.get(queue.name)
            # A queue outlives its budget by a moment: its pods are placed anew when the engine
            # has caught up with the budget's removal.
            if budget is None or queue.busy or queue.not_before > now:
                continue  # whatever ends that puts it in again
            entry = next_under(queue, budget, self.spending, self._may_go)
            if entry is not None:
                self._send(entry, queue, budget)

    def _pump_workloads(self, queues: list[Queue], slice_: Slice) -> None:
        """One pod of each after the other, as long as requests may be sent and pods may go."""
        while queues and self._may_send_free():
            again = []
            for number, queue in enumerate(queues):
                if not self._may_send_free() or slice_.used_up():
                    again += queues[number:]
                    break
                entry = self._next_of_workload(queue)
                if entry is not None:
                    self._send(entry, queue, None)
                    again.append(queue)
            queues = again
            if slice_.used_up():
                self._wake()
                break
        self._hopeful |= dict.fromkeys(queue.name for queue in queues)

    def _next_of_workload(self, queue: Queue) -> PodEntry | None:
        """The pod of a workload's queue that may be asked for now, an unready one first."""
        for entry in queue.unready.values():
            if self._may_go_freely(entry):
                return entry
        first = self._first_of_workload(queue)
        return first if first is not None and self.rolling.may_go(first) else None

    def _first_of_workload(self, queue: Queue) -> PodEntry | None:
        """Who is next: on the node whose turn it is, or else whoever waits for that turn."""
        node = self.view.first_node_of(family_of_queue(queue.name))
        here = queue.first(lambda one: one.pod.node == node and self._may_go_freely(one))
        return here if here is not None else queue.first(self._may_go_freely)

    async def pump_free(self) -> None:
        """Ask for the pods that nothing holds, at a bounded rate; runs until it is cancelled."""
        free = self.queues.free
        while True:
            # Cleared before the look, not after it: what happens during the look sets it again,
            # and the wait below returns at once instead of missing it.
            self._free_wake.clear()
            if not self._may_send_free() or free.first(self._may_go_freely) is None:
                await self._free_wake.wait()
                continue
            await self._free_rate.acquire()
            entry = free.first(self._may_go_freely)  # the world may have moved meanwhile
            if entry is not None and self._may_send_free():
                self._send(entry, free, None)

    def next_due(self, now: float) -> float:
        """Seconds until something that was put off may be tried again; 60 at most."""
        dues = [self._paused_until, *self._alarms[:1], *(due for due, _ in self._backing_off[:1])]
        # Never less than a moment: rounding could otherwise wake the engine just before the time
        # again and again, and it would spin.
        return max(0.02, min((due - now for due in dues if due > now), default=60.0))

    def ask_again(self) -> None:
        """Give back their turn to pods whose accepted eviction shows no effect."""
        # An accepted eviction can be lost, for example when a server dies between marking the
        # budget and deleting the pod. The pod would count as asked for until the deadline, as
        # nothing that is watched ever says that it will not go.
        now = self.clock.now()
        self.hope_for_all()  # some of what holds a pod passes with time alone
        for entry in list(self.ledger.present.values()):
            asked, pod = entry.asked_at, entry.pod
            if asked is not None and not pod.terminating and now - asked >= NO_EFFECT:
                log.warning("pod %s is still there: its eviction is asked for again", pod)
                self.ledger.take_back(entry, refused=False)
                self.sent.take_back(pod)
                self.place(entry)

    async def delete(self, entry: PodEntry) -> None:
        """Delete one pod past its budgets."""
        self.queues.remove(entry)
        self.ledger.ask(entry, self.clock.now(), Fate.DELETED)
        self.sent.ask(entry.pod)
        # Awaited, and outside the count of requests in flight: there is one at a time, with a
        # pause after it, and it must not take the place of an ordinary eviction.
        await self._request(entry, self.queues.free, None, deleting=True)

    def _hope_for(self, queue: str | None) -> None:
        if queue is None or queue not in self.queues.by_name:
            return
        if queue == FREE:
            self._free_wake.set()
        else:
            self._hopeful[queue] = None

    def _is_patience_over(self, now: float) -> bool:
        """Whether a pod that was refused for its own sake may be asked for again."""
        over = False
        while self._alarms and self._alarms[0] <= now:
            heapq.heappop(self._alarms)
            over = True
        return over

    def _may_send_free(self) -> bool:
        return self._in_flight < IN_FLIGHT and self.clock.now() >= self._paused_until

    def _may_go(self, entry: PodEntry) -> bool:
        now = self.clock.now()
        # The rollout that was restarted takes its pods away by itself, without a gap. An eviction
        # on top of it would take one more pod than the strategy allows.
        if entry.workload.restarted or self.singles.holds(entry) or entry.not_before > now:
            return False
        entry.held = self.turns.holds(entry) or ""
        return not entry.held

    def _may_go_freely(self, entry: PodEntry) -> bool:
        """The same for a pod without a budget: no more are sent after one that found no node."""
        # Under a budget the API server stops us when replacements do not become Ready. Here
        # nobody does; and a workload whose pods find no node is not one that is slow to recover,
        # which would go on after a while: it would end up Pending as a whole.
        if not self._may_go(entry) or self.view.unschedulable_of(entry.pod):
            return False
        since = self.clock.now() - entry.workload.left_at
        # Pods that tolerate the cordon come straight back. Twice may be chance (a replacement
        # that was bound before the cordon); then each eviction only costs the workload a restart.
        if entry.workload.returned > 1 and since < RETURN_PAUSE:
            return False
        if not entry.pod.critical or self.rolling.family_of(entry.pod):
            return True
        return self._workload_is_ready(entry, since)

    def _workload_is_ready(self, entry: PodEntry, since: float) -> bool:
        """A cluster-critical workload never goes all at once, budget or not."""
        asked = any(
            other.workload is entry.workload and other.asked_at is not None
            for other in self.ledger.present.values()
        )
        # The pause bridges the time in which the old pod has gone and its replacement has not
        # been seen yet: then nothing is unready, and nothing is well either.
        return not (asked or since < SAME_WORKLOAD_PAUSE or self.view.has_unready_of(entry.pod))

    def _send(self, entry: PodEntry, queue: Queue, budget: Budget | None) -> None:
        # All of this before the first await: the next look, which may come before the request is
        # even written, must find the pod asked for and the budget's room spent.
        deleting = self.setup.options.disable_eviction
        self.ledger.ask(entry, self.clock.now(), Fate.DELETED if deleting else Fate.EVICTED)
        self.sent.ask(entry.pod)
        self.queues.remove(entry)
        if budget is not None:
            queue.busy = True
            self._budgeted_in_flight += 1
            if is_protected(entry.pod, budget):
                self.spending.spend(budget, entry)
        else:
            self._in_flight += 1
        request = self._request(entry, queue, budget, deleting=deleting)
        self._started(asyncio.create_task(request))

    async def _request(
        self, entry: PodEntry, queue: Queue, budget: Budget | None, *, deleting: bool
    ) -> None:
        client, options = self.setup.client, self.setup.options
        # Both carry the pod's uid as a precondition: between the last event and this request its
        # name may have passed to a new pod on a new node, and that one must not be hit.
        ask = client.delete_pod if deleting else client.evict
        try:
            self._take(
                entry, queue, await ask(entry.pod, grace_seconds=options.grace_period_seconds)
            )
        except Unreachable as error:  # whether it arrived is not known: the watch will show it
            log.info("the eviction of %s is tried again: %s", entry.pod, error)
            self._pause(1.0)
            self._take_back(entry, refused=False)
        except UnexpectedResponse as error:  # this pod's trouble holds up no other
            self._deny(entry, str(error))
        finally:
            if budget is not None:
                queue.busy = False
                self._budgeted_in_flight -= 1
                self._hope_for(queue.name)
            elif not deleting or options.disable_eviction:
                self._in_flight -= 1
            self._wake()

    def _take(self, entry: PodEntry, queue: Queue, answer: EvictionAnswer) -> None:
        match answer:
            case Overloaded(message, retry_after):
                log.info("the API server asks for patience: %s", message)
                self._pause(retry_after or 1.0)
                self._take_back(entry, refused=True)
            case Blocked(_, retry_after) if queue.name != FREE and not is_workload(queue.name):
                # Its counts had promised room, so somebody else was quicker, or they are behind.
                # The queue waits, not the pod: the next pod would be refused just the same.
                queue.back_off(self.clock.now(), retry_after or 0.0)
                heapq.heappush(self._backing_off, (queue.not_before, queue.name))
                self._take_back(entry, refused=True)
            case Blocked(message) | Denied(message) | Closing(message):
                self._deny(entry, message)
            case _:
                # Evicted or gone. What was spent stays spent until the budget shows it.
                queue.refusals = 0

    def _deny(self, entry: PodEntry, message: str) -> None:
        seconds = min(LONGEST_BACK_OFF, 2.0**entry.refusals) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        self.ledger.deny(entry, message, self.clock.now(), seconds)
        # No event need ever come that would wake the engine for this pod again.
        heapq.heappush(self._alarms, self.clock.now() + seconds)
        self._place_again(entry)

    def _take_back(self, entry: PodEntry, *, refused: bool) -> None:
        self.ledger.take_back(entry, refused=refused)
        self._place_again(entry)

    def _place_again(self, entry: PodEntry) -> None:
        """It waits for its turn again, if it is there at all."""
        self.spending.give_back(entry)
        # The answer may be older than what the watch has shown meanwhile: a pod that is gone, or
        # on its way, by another's hand needs no turn.
        if not entry.leaving:
            self.sent.take_back(entry.pod)
            self.place(entry)

    def _pause(self, seconds: float) -> None:
        """Send nothing for a while: it is the server that is in trouble, not one pod or budget."""
        pause = seconds * random.uniform(1.0, 1.5)  # noqa: S311 - no secret
        self._paused_until = max(self._paused_until, self.clock.now() + pause)

"""Sending evictions: each the moment it may go, and never faster than the server's share allows."""

import asyncio
import heapq
import logging
import random
from collections.abc import Callable

from aiolimiter import AsyncLimiter

from include.eks_upgrade.common.clock import Clock
from include.eks_upgrade.common.errors import UnexpectedResponse, Unreachable
from include.eks_upgrade.drain.budgets import is_protected
from include.eks_upgrade.drain.cluster_view import Scene
from include.eks_upgrade.drain.eviction.queues import FREE, Queue, Turns, next_under
from include.eks_upgrade.drain.ledger import LONGEST_BACK_OFF, Fate, Ledger, Spending
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.kube.eviction import (
    Blocked,
    Busy,
    Closing,
    Denied,
    EvictionAnswer,
)
from include.eks_upgrade.kube.objects import Budget, Pod

log = logging.getLogger(__name__)

IN_FLIGHT = 16
"""Evictions of pods without a budget that are on their way at the same time."""

CRITICAL_PATIENCE = 30.0
"""Seconds without any ordinary pod moving after which cluster-critical ones may go, too."""

KIN_PAUSE = 5.0
"""Seconds between two cluster-critical pods of one workload that no budget protects."""

RETURN_PAUSE = 60.0
"""Seconds between two evictions of a workload whose pods keep coming back to old nodes."""


NO_EFFECT = 40.0
"""Seconds after which an eviction that was accepted and shows no effect is asked for again; more
than a request may take."""


class Evicting:
    """Asks for pods to leave, and takes in the answers.

    Args:
        scene: what is seen.
        options: what may be done.
        clock: the time it lives in.
        wake: called when an answer has come.
        started: told of each request that runs on its own.
    """

    def __init__(
        self,
        scene: Scene,
        options: DrainOptions,
        clock: Clock,
        wake: Callable[[], None],
        started: Callable[["asyncio.Task[None]"], None],
    ) -> None:
        self.scene = scene
        self.options = options
        self.clock = clock
        self.ledger = Ledger(stirred=clock.now())
        self.turns = Turns()
        self.spending = Spending()
        self.spared: set[str] = set()
        self._wake, self._started = wake, started
        self._paused_until = 0.0
        self._alarms: list[float] = []
        self._left: dict[str, float] = {}
        self._in_flight = 0
        self._free_wake = asyncio.Event()
        # Half the share: pods whose budget has just let them go must not queue behind the rest.
        # One by one, not in a burst: a replacement that finds no node is to be seen in time.
        self._free_rate = AsyncLimiter(1, 2 / options.requests_per_second)

    def place(self, pod: Pod) -> None:
        """A pod that has to leave waits for its turn."""
        over = () if self.options.disable_eviction else self.scene.budgets.over(pod)
        self.turns.place(pod, over)
        self._free_wake.set()

    def left(self, pod: Pod) -> None:
        """A pod has left the nodes."""
        self._left[pod.family] = self.clock.now()
        self.turns.remove(pod.uid)
        # The budget may have been listed anew before its pods were: then no event of its own
        # comes any more that would show what was spent.
        for name in self.turns.cover.get(pod.uid, ()):
            if name in self.scene.budgets.by_name:
                self.budget_changed(self.scene.budgets.by_name[name])
        self._free_wake.set()

    def budget_changed(self, budget: Budget) -> None:
        """A budget shows what has been spent on it."""
        leaving = {
            uid: uid not in self.ledger.present or self.ledger.present[uid].terminating
            for uid in self.spending.on(str(budget))
        }
        self.spending.seen(budget, leaving)

    def pump(self) -> None:
        """Ask for every pod whose budget has room now."""
        now = self.clock.now()
        self._free_wake.set()
        if now < self._paused_until:
            return
        for queue in self.turns.under_budgets():
            budget = self.scene.budgets.by_name.get(queue.name)
            if budget is None or queue.busy or queue.not_before > now:
                continue
            pod = next_under(queue, budget, self.spending, self._may_go)
            if pod is not None:
                self._send(pod, queue, budget)

    async def pump_free(self) -> None:
        """Ask for the pods without a budget, at a bounded rate; runs until it is cancelled."""
        free = self.turns.free
        while True:
            self._free_wake.clear()
            if not self._may_send_free() or free.first(self._may_go_freely) is None:
                await self._free_wake.wait()
                continue
            await self._free_rate.acquire()
            pod = free.first(self._may_go_freely)  # the world may have moved meanwhile
            if pod is not None and self._may_send_free():
                self._send(pod, free, None)

    def next_due(self, now: float) -> float:
        """Seconds until something that was put off may be tried again; 60 at most."""
        while self._alarms and self._alarms[0] <= now:
            heapq.heappop(self._alarms)
        dues = [self._paused_until, *self._alarms[:1]]
        dues += [queue.not_before for queue in self.turns.queues.values() if queue.waiting]
        return max(0.02, min((due - now for due in dues if due > now), default=60.0))

    def ask_again(self) -> None:
        """Give back their turn to pods whose accepted eviction shows no effect."""
        now = self.clock.now()
        for uid, pod in list(self.ledger.present.items()):
            asked = self.ledger.entries[uid].asked
            if asked is not None and not pod.terminating and now - asked >= NO_EFFECT:
                log.warning("pod %s is still there: its eviction is asked for again", pod)
                self.ledger.take_back(uid, refused=False)
                self.place(pod)

    async def delete(self, pod: Pod) -> None:
        """Delete one pod past its budgets."""
        self.turns.remove(pod.uid)
        self.ledger.ask(pod, self.clock.now(), Fate.DELETED)
        await self._request(pod, self.turns.free, None, deleting=True)

    def _may_send_free(self) -> bool:
        return self._in_flight < IN_FLIGHT and self.clock.now() >= self._paused_until

    def _may_go(self, pod: Pod) -> bool:
        now = self.clock.now()
        if pod.family in self.spared or self.ledger.entries[pod.uid].not_before > now:
            return False
        return not pod.critical or self.ledger.is_last_stage(now, CRITICAL_PATIENCE)

    def _may_go_freely(self, pod: Pod) -> bool:
        """The same for a pod without a budget: it is not sent after kin that found no node."""
        if not self._may_go(pod) or self.scene.homeless_kin(pod):
            return False
        since = self.clock.now() - self._left.get(pod.family, float("-inf"))
        if self.ledger.returned.get(pod.family, 0) > 1 and since < RETURN_PAUSE:
            return False
        return not pod.critical or self._kin_is_well(pod, since)

    def _kin_is_well(self, pod: Pod, since: float) -> bool:
        """A cluster-critical workload never goes all at once, budget or not."""
        asked = any(
            other.family == pod.family and self.ledger.entries[uid].asked is not None
            for uid, other in self.ledger.present.items()
        )
        return not (asked or since < KIN_PAUSE or self.scene.has_unready_kin(pod))

    def _send(self, pod: Pod, queue: Queue, budget: Budget | None) -> None:
        deleting = self.options.disable_eviction
        self.ledger.ask(pod, self.clock.now(), Fate.DELETED if deleting else Fate.EVICTED)
        self.turns.remove(pod.uid)
        if budget is not None:
            queue.busy = True
            if is_protected(pod, budget):
                self.spending.spend(budget, pod)
        else:
            self._in_flight += 1
        request = self._request(pod, queue, budget, deleting=deleting)
        self._started(asyncio.create_task(request))

    async def _request(
        self, pod: Pod, queue: Queue, budget: Budget | None, *, deleting: bool
    ) -> None:
        client, grace = self.scene.client, self.options.grace_period_seconds
        ask = client.delete_pod if deleting else client.evict
        try:
            self._take(pod, queue, await ask(pod, grace_seconds=grace))
        except Unreachable as error:  # whether it arrived is not known: the watch will tell
            log.info("the eviction of %s is tried again: %s", pod, error)
            self._pause(1.0)
            self._take_back(pod, queue, refused=False)
        except UnexpectedResponse as error:  # this pod's trouble holds up no other
            self._deny(pod, queue, str(error))
        finally:
            if budget is not None:
                queue.busy = False
            elif not deleting or self.options.disable_eviction:
                self._in_flight -= 1
            self._wake()

    def _take(self, pod: Pod, queue: Queue, answer: EvictionAnswer) -> None:
        match answer:
            case Busy(words, retry_after):
                log.info("the API server asks for patience: %s", words)
                self._pause(retry_after or 1.0)
                self._take_back(pod, queue, refused=True)
            case Blocked(_, retry_after) if queue.name != FREE:
                queue.back_off(self.clock.now(), retry_after or 0.0)
                self._take_back(pod, queue, refused=True)
            case Blocked(words) | Denied(words) | Closing(words):
                self._deny(pod, queue, words)
            case _:
                queue.refusals = 0

    def _deny(self, pod: Pod, queue: Queue, words: str) -> None:
        refusals = self.ledger.entries[pod.uid].refusals
        seconds = min(LONGEST_BACK_OFF, 2.0**refusals) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        self.ledger.deny(pod.uid, words, self.clock.now(), seconds)
        heapq.heappush(self._alarms, self.clock.now() + seconds)
        self._again(pod, queue)

    def _take_back(self, pod: Pod, queue: Queue, *, refused: bool) -> None:
        self.ledger.take_back(pod.uid, refused=refused)
        self._again(pod, queue)

    def _again(self, pod: Pod, queue: Queue) -> None:
        """It waits for its turn again, if it is there at all."""
        self.spending.give_back(queue.name, pod.uid)
        now = self.ledger.present.get(pod.uid)
        if now is not None and not now.terminating:
            self.place(now)

    def _pause(self, seconds: float) -> None:
        pause = seconds * random.uniform(1.0, 1.5)  # noqa: S311 - no secret
        self._paused_until = max(self._paused_until, self.clock.now() + pause)

"""Taking the cluster's lock (or renewing it) and giving it back: compare-and-swap on one Lease.

Two runs never both believe that they hold it: each write names the resourceVersion that was
read, and one that comes too late reads and decides again (tests/recordings/lease.json).
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from include.eks_upgrade.common.errors import LockHeld, Unreachable
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.lock.lease import (
    MINUTES,
    NAME,
    NAMESPACE,
    Decision,
    Held,
    Take,
    decide,
    held_message,
    holder_in,
    renewed_and_until,
    utc_text,
    written,
)

PATIENCE_SECONDS = 60.0
"""How long the Lease is read and written again while others are quicker."""

LONGEST_PAUSE = 2.0
"""Seconds between two tries at most; between a half and all of it, so that tasks part."""

SLACK_SECONDS = 60.0
"""A lock that ends so much earlier than was asked for is as good: tasks of one run that renew it
at the same moment need one write together."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How the tries are spaced; tests hand in their own.

    Attributes:
        now: seconds since the epoch.
        sleep: how to wait (seconds).
        spread: a random number from 0 to 1.
    """

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    spread: Callable[[], float] = random.random

    async def tries(self) -> AsyncIterator[int]:
        """Numbers of tries until the patience is over; waits a little before all but the first."""
        began, pause, number = self.now(), 0.1, 1
        while True:
            yield number
            if self.now() - began >= PATIENCE_SECONDS:
                return
            await self.sleep(pause * (0.5 + self.spread() / 2))
            pause, number = min(LONGEST_PAUSE, pause * 2), number + 1


async def acquire(
    client: KubeClient,
    holder: str,
    *,
    minutes: float = MINUTES,
    ended: Callable[[str], bool] = lambda _: False,
    pace: Pace | None = None,
) -> StepResult:
    """Take the lock, or renew it when it is ours: harmless when run twice, or by many at once.

    Args:
        client: the cluster.
        holder: who we are; stable over retries of the same run, and the same for all its tasks.
        minutes: how long it holds without a renewal, at least.
        ended: whether the run of that holder is known to be over.
        pace: the clock, and how tries are spaced.

    Returns:
        A StepResult with data `{"holder", "until"}` (`until` in seconds since the epoch).

    Raises:
        LockHeld: another run holds it.
        Unreachable: others wrote the Lease each time in between.
    """
    pace = pace or Pace()
    async for number in pace.tries():
        lease = await client.lease(NAME)
        moment = pace.now()
        other = holder_in(lease)
        over = bool(other) and other != holder and ended(other)
        decision = decide(lease, holder, moment, holder_ended=over)
        if isinstance(decision, Held):
            raise LockHeld(held_message(decision))
        _, until = renewed_and_until(lease)
        if number > 1 and other == holder and until >= moment + minutes * 60 - SLACK_SECONDS:
            # Another task of this run was quicker, or our own write arrived and its answer did not.
            return _taken(decision, holder, until)
        wanted = written(lease, holder, moment, minutes=minutes)
        done = await (client.replace_lease(wanted) if lease else client.create_lease(wanted))
        if done is not None:
            return _taken(decision, holder, renewed_and_until(wanted)[1])
    raise _too_late("written")


async def release(client: KubeClient, holder: str, *, pace: Pace | None = None) -> StepResult:
    """Give the lock back if it is ours; another run's lock is never touched."""
    async for _ in (pace or Pace()).tries():
        lease = await client.lease(NAME)
        if lease is None:
            return StepResult("the cluster's lock was not held")
        other = holder_in(lease)
        if other != holder:
            return StepResult(f"the cluster's lock is not ours to release: '{other}' holds it")
        if await client.delete_lease(lease):
            return StepResult("the cluster's lock was released", changed=True)
    raise _too_late("released")


def _too_late(what: str) -> Unreachable:
    return Unreachable(
        f"the lock (Lease {NAMESPACE}/{NAME}) was changed by others for {PATIENCE_SECONDS:.0f}"
        f" seconds while it was being {what}. Try again in a minute"
    )


def _taken(decision: Decision, holder: str, until: float) -> StepResult:
    if isinstance(decision, Take):
        text = f"the cluster is locked for '{holder}' ({decision.why})"
    else:
        text = f"the cluster's lock for '{holder}' is renewed"
    return StepResult(f"{text} until {utc_text(until)}", True, {"holder": holder, "until": until})

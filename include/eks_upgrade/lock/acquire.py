"""Taking the cluster's lock (or renewing it) and giving it back: compare-and-swap on one Lease.

Two runs never both believe that they hold it: each write names the resourceVersion that was
read, and one that comes too late reads and decides again (tests/recordings/lease.json).
"""

from collections.abc import Callable

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
    utc_text,
    written,
)

TRIES = 5
"""Readings of the Lease until somebody else's quicker writes make us give up."""


async def acquire(
    client: KubeClient,
    holder: str,
    *,
    now: Callable[[], float],
    minutes: float = MINUTES,
    ended: Callable[[str], bool] = lambda _: False,
) -> StepResult:
    """Take the lock, or renew it when it is ours: harmless when run twice.

    Args:
        client: the cluster.
        holder: who we are; stable over retries of the same run.
        now: seconds since the epoch.
        minutes: how long it holds without a renewal.
        ended: whether the run of that holder is known to be over.

    Returns:
        A StepResult with data `{"holder", "until"}` (`until` in seconds since the epoch).

    Raises:
        LockHeld: another run holds it.
        Unreachable: others wrote the Lease each time in between.
    """
    for _ in range(TRIES):
        lease = await client.lease(NAME)
        moment = now()
        other = holder_in(lease)
        over = bool(other) and other != holder and ended(other)
        decision = decide(lease, holder, moment, holder_ended=over)
        if isinstance(decision, Held):
            raise LockHeld(held_message(decision))
        wanted = written(lease, holder, moment, minutes=minutes)
        done = await (client.replace_lease(wanted) if lease else client.create_lease(wanted))
        if done is not None:
            return _taken(decision, holder, moment + minutes * 60)
    raise Unreachable(
        f"the lock (Lease {NAMESPACE}/{NAME}) was changed by others {TRIES} times while it was"
        " being written. Try again in a minute"
    )


async def release(client: KubeClient, holder: str) -> StepResult:
    """Give the lock back if it is ours; another run's lock is never touched."""
    for _ in range(TRIES):
        lease = await client.lease(NAME)
        if lease is None:
            return StepResult("the cluster's lock was not held")
        other = holder_in(lease)
        if other != holder:
            return StepResult(f"the cluster's lock is not ours to release: '{other}' holds it")
        if await client.delete_lease(lease):
            return StepResult("the cluster's lock was released", changed=True)
    raise Unreachable(
        f"the lock (Lease {NAMESPACE}/{NAME}) changed {TRIES} times while it was being released."
        " Try again in a minute"
    )


def _taken(decision: Decision, holder: str, until: float) -> StepResult:
    if isinstance(decision, Take):
        text = f"the cluster is locked for '{holder}' ({decision.why})"
    else:
        text = f"the cluster's lock for '{holder}' is renewed"
    return StepResult(f"{text} until {utc_text(until)}", True, {"holder": holder, "until": until})

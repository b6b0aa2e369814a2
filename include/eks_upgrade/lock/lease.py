"""The cluster's lock: one Lease named `eks-upgrade` in `kube-system`, held by one run.

Taken, renewed and released by compare-and-swap on its resourceVersion, so two runs never both
believe they hold it (tests/recordings/lease.json). A holder that stopped renewing loses it when
its time is over, or at once when its run is known to have ended.
https://kubernetes.io/docs/concepts/architecture/leases/
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.common.errors import LockHeld, Unreachable
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.client import KubeClient

NAME = "eks-upgrade"
NAMESPACE = "kube-system"
MINUTES = 120.0
"""How long a lock lives after it was last renewed."""

TRIES = 5
"""Readings of the Lease until somebody else's quicker writes make us give up."""


@dataclass(frozen=True)
class Take:
    """The lock is free for us; `why` in words."""

    why: str


@dataclass(frozen=True)
class Renew:
    """The lock is ours already."""


@dataclass(frozen=True)
class Held:
    """Another run holds it. Times are seconds since the epoch, `until` without a renewal."""

    holder: str
    since: float
    until: float


Decision = Take | Renew | Held


def decide(lease: Raw | None, holder: str, now: float, *, holder_ended: bool = False) -> Decision:
    """What to do about the lock.

    Args:
        lease: the raw Lease, None when there is none.
        holder: who asks.
        now: seconds since the epoch.
        holder_ended: the run named in the Lease is known to be over.
    """
    if lease is None:
        return Take("there was no lock")
    other = holder_in(lease)
    if other == holder:
        return Renew()
    if not other:
        return Take("the lock was released")
    renewed, until = renewed_and_until(lease)
    if holder_ended:
        return Take(f"its holder '{other}' has ended")
    if until <= now:
        return Take(f"its holder '{other}' had not renewed it since {utc_text(renewed)}")
    return Held(other, seconds_of((lease.get("spec") or {}).get("acquireTime")), until)


def holder_in(lease: Raw | None) -> str:
    """Who holds the lock by a raw Lease; empty for nobody."""
    return str(((lease or {}).get("spec") or {}).get("holderIdentity") or "")


def renewed_and_until(lease: Raw | None) -> tuple[float, float]:
    """When the lock was renewed, and when it ends without a renewal; seconds since the epoch."""
    spec = (lease or {}).get("spec") or {}
    renewed = seconds_of(spec.get("renewTime") or spec.get("acquireTime"))
    return renewed, renewed + float(spec.get("leaseDurationSeconds") or 0)


def written(lease: Raw | None, holder: str, now: float, *, minutes: float) -> dict[str, Any]:
    """The Lease to write: the one that was read, with us as its holder from now on."""
    spec = dict((lease or {}).get("spec") or {})
    ours = spec.get("holderIdentity") == holder
    changes = {
        "holderIdentity": holder,
        "leaseDurationSeconds": max(1, round(minutes * 60)),
        "acquireTime": spec["acquireTime"] if ours and "acquireTime" in spec else micro_time(now),
        "renewTime": micro_time(now),
    }
    if lease is not None and not ours:
        changes["leaseTransitions"] = int(spec.get("leaseTransitions") or 0) + 1
    meta = (lease or {}).get("metadata") or {"name": NAME, "namespace": NAMESPACE}
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": dict(meta),
        "spec": {**spec, **changes},
    }


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


async def renew(
    client: KubeClient, holder: str, *, now: Callable[[], float], minutes: float = MINUTES
) -> StepResult:
    """Hold the lock for another `minutes`; taken anew when it was lost to nobody.

    Raises:
        LockHeld: it was lost to another run; this one must not go on.
    """
    return await acquire(client, holder, now=now, minutes=minutes)


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


def held_message(held: Held) -> str:
    """Who holds the lock, since when and until when, and what to do."""
    return (
        f"the cluster is locked by '{held.holder}' since {utc_text(held.since)}, until"
        f" {utc_text(held.until)} unless renewed (Lease {NAMESPACE}/{NAME}). Nothing was touched."
        " Wait for that run to end; if it is known to be dead, release its lock, or delete the"
        f" Lease: kubectl -n {NAMESPACE} delete lease {NAME}"
    )


def seconds_of(time: str | None) -> float:
    """Seconds since the epoch of a Kubernetes time; 0 for none."""
    return datetime.fromisoformat(time).timestamp() if time else 0.0


def micro_time(now: float) -> str:
    """A time as Kubernetes' MicroTime: UTC, six digits, `Z`."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def utc_text(time: float) -> str:
    """A time for people, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _taken(decision: Decision, holder: str, until: float) -> StepResult:
    if isinstance(decision, Take):
        text = f"the cluster is locked for '{holder}' ({decision.why})"
    else:
        text = f"the cluster's lock for '{holder}' is renewed"
    return StepResult(f"{text} until {utc_text(until)}", True, {"holder": holder, "until": until})

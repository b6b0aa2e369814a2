"""The cluster's lock: one Lease named `eks-upgrade` in `kube-system`, held by one run.

Taken, renewed and released by compare-and-swap on its resourceVersion, so two runs never both
believe they hold it (tests/recordings/lease.json). A holder that stopped renewing loses it when
its time is over, or at once when its run is known to have ended.
https://kubernetes.io/docs/concepts/architecture/leases/
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from include.eks_upgrade.common.raw import Raw

NAME = "eks-upgrade"
NAMESPACE = "kube-system"
MINUTES = 120.0
"""How long a lock lives after it was last renewed."""


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
    """The Lease to write: the one that was read, with us as its holder from now on.

    One of ours that holds for longer already, for another task of the run, is not shortened.
    """
    spec = dict((lease or {}).get("spec") or {})
    ours = spec.get("holderIdentity") == holder
    seconds = max(minutes * 60, renewed_and_until(lease)[1] - now if ours else 0.0)
    changes = {
        "holderIdentity": holder,
        "leaseDurationSeconds": max(1, round(seconds)),
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

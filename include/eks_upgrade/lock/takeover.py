"""Whether the cluster's lock may be taken from whoever holds it, to release what they left."""

from dataclasses import dataclass
from typing import Literal

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.lock.lease import NAME, NAMESPACE, holder_in, renewed_and_until, utc_text

HolderState = Literal["running", "ended", "unknown"]
"""What whoever asks knows of the run that holds the lock."""


@dataclass(frozen=True)
class Free:
    """Nobody who lives holds it; `why` in words."""

    why: str


@dataclass(frozen=True)
class Kept:
    """It stays with its holder, and so does everything else; `why` says what to do instead."""

    holder: str
    why: str


def may_take(
    lease: Raw | None, me: str, now: float, *, state: HolderState, typed: str
) -> Free | Kept:
    """Whether the release may go on.

    Args:
        lease: the raw Lease, None when there is none.
        me: who asks.
        now: seconds since the epoch.
        state: what is known of the run that holds it. One that is known to run keeps it,
            whatever else is said.
        typed: the holder as a person who knows that it is dead has typed it; empty: nobody did.
    """
    other = holder_in(lease)
    if not other:
        return Free("nobody holds the cluster's lock")
    if other == me:
        return Free("the cluster's lock is ours already")
    if state == "running":
        return Kept(other, _LIVES)
    renewed, until = renewed_and_until(lease)
    dead = {
        f"the run that holds the lock has ended: '{other}'": state == "ended",
        f"the lock has not been renewed since {utc_text(renewed)} by '{other}'": until <= now,
        f"its holder was named as dead by whoever started this run: '{other}'": typed == other,
    }
    why = next((message for message, true in dead.items() if true), "")
    if why:
        return Free(why)
    mistyped = f" ('{typed}' is not its name)" if typed else ""
    return Kept(other, _UNKNOWN.format(until=utc_text(until), other=other, mistyped=mistyped))


_LIVES = "that run is at work on the cluster. End it first, then release again"
_UNKNOWN = (
    "it is not known here whether that run lives{mistyped}. Its lock ends at {until} unless it is"
    " renewed; if the run is known to be dead, release again with lock_holder set to exactly:"
    " {other}"
)


def kept_message(kept: Kept) -> str:
    """Why nothing was released."""
    return (
        f"the cluster is locked by '{kept.holder}' (Lease {NAMESPACE}/{NAME}), and {kept.why}."
        " Nothing was touched"
    )

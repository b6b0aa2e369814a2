"""The arithmetic of a Deployment's rolling update: how far each ReplicaSet grows or shrinks.

Source: Kubernetes' deployment controller.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from include.rehearsal.kube.objects.quantities import scaled
from include.rehearsal.raw import Raw


@dataclass(frozen=True)
class Slack:
    """How far a rolling update may deviate from the wanted number of pods."""

    surge: int
    unavailable: int


def slack(strategy: Raw, wanted: int) -> Slack:
    """MaxSurge rounds up, maxUnavailable down; when both come to nothing one may be missing."""
    rolling = strategy.get("rollingUpdate") or {}
    surge = scaled(rolling.get("maxSurge", "25%"), wanted, up=True)
    unavailable = scaled(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Slack(surge, min(unavailable, wanted))


def new_size(wanted: int, new: int, total: int, surge: int) -> int:
    """The size the newest ReplicaSet may grow (or must shrink) to.

    Args:
        wanted: the Deployment's replicas.
        new: the newest ReplicaSet's replicas.
        total: replicas of all its ReplicaSets.
        surge: pods allowed beyond the wanted number.
    """
    if new >= wanted:
        return wanted
    room = wanted + surge - total
    return min(wanted, new + max(0, room))


@dataclass(frozen=True)
class Count:
    """One ReplicaSet's replicas and how many of them are available."""

    name: str
    replicas: int
    available: int


def old_sizes(wanted: int, new: Count, old: Sequence[Count], unavailable: int) -> dict[str, int]:
    """The sizes the old ReplicaSets shrink to, pods that are not available first.

    At least `wanted - unavailable` pods stay available; new pods that are not available yet
    cannot be made up for by deleting old ones.
    """
    sizes = {each.name: each.replicas for each in old}
    total = new.replicas + sum(sizes.values())
    floor = wanted - unavailable
    unready_new = new.replicas - new.available
    may_delete = total - floor - unready_new
    for each in old:
        broken = min(may_delete, each.replicas - each.available)
        if broken > 0:
            sizes[each.name] -= broken
            may_delete -= broken
    # First pass: old pods that are not available go at once, they keep nothing up. Second pass:
    # available ones go only as far as the floor allows.
    spare = new.available + sum(each.available for each in old) - floor
    for each in old:
        gone = min(spare, sizes[each.name])
        if gone > 0:
            sizes[each.name] -= gone
            spare -= gone
    return sizes

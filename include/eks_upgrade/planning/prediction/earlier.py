"""How long this cluster's control plane has taken at most, from the updates that EKS remembers.

An update tells when it was asked for (`createdAt`) and not when it ended. But EKS takes no second
update of a cluster while one runs, and makes no node group of a minor that the control plane has
not reached: what came next shows by when it had ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.updates.state import update_target
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.planning.prediction.defaults import CONTROL_PLANE, Usual

SHORTEST = 1.0
"""Minutes; whatever came sooner than that was no wait for the update (it had failed at once)."""


@dataclass(frozen=True)
class Ceiling:
    """By so many minutes an earlier update had ended, and how that is known."""

    minutes: float
    source: str


def control_plane_ceiling(facts: ClusterFacts) -> Ceiling | None:
    """The shortest time in which an earlier update is known to have ended; None: nothing tells."""
    found = [
        Ceiling(minutes, f"an earlier update, to {update_target(one)}, had ended after that")
        for one in facts.updates
        if one.get("type") == "VersionUpdate" and one.get("status") == "Successful"
        for minutes in _until_next(one, facts)
    ]
    return min(found, key=lambda one: one.minutes, default=None)


def usual_control_plane(ceiling: Ceiling | None) -> Usual:
    """What an update of the control plane takes, never more than what is known of this cluster."""
    if ceiling is None:
        return CONTROL_PLANE
    most = ceiling.minutes
    return Usual(
        min(CONTROL_PLANE.best, most),
        min(CONTROL_PLANE.probable, most),
        min(CONTROL_PLANE.long, most),
    )


def _until_next(update: Raw, facts: ClusterFacts) -> Iterable[float]:
    began = _moment(update.get("createdAt"))
    if began is None:
        return
    later = [one.get("createdAt") for one in facts.updates if one is not update]
    later += [
        group.get("createdAt")
        for group in facts.node_groups.values()
        if group.get("version") == update_target(update)
    ]
    after = [moment for one in later if (moment := _moment(one)) is not None and moment > began]
    if after:
        minutes = (min(after) - began).total_seconds() / 60
        if minutes >= SHORTEST:
            yield round(minutes, 1)


def _moment(given: object) -> datetime | None:
    """A time as botocore gives it; a text is one that was recorded."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            return None
    if not isinstance(given, datetime):
        return None
    return given if given.tzinfo else given.replace(tzinfo=UTC)

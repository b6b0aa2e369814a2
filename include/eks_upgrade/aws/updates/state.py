"""What an update's record says: whether it runs, and which version it goes to. Pure.

https://docs.aws.amazon.com/eks/latest/APIReference/API_Update.html
"""

from collections.abc import Iterable

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor, read_minor

VERSION_UPDATE = "VersionUpdate"
ROLLBACK = "VersionRollback"

ENDED = frozenset({"Successful", "Failed", "Cancelled"})
"""Statuses of an update that has ended. Every other one is taken for being at work: the user guide
knows `Cancelling` (rollback-automode.html), which the service model of botocore does not."""


def in_progress(updates: Iterable[Raw]) -> tuple[Raw, ...]:
    """Those that have not ended; one at most for an add-on or a node group."""
    return tuple(one for one in updates if one.get("status") not in ENDED)


def newest_in_progress(updates: Iterable[Raw]) -> Raw | None:
    """The update that runs; `updates` are newest first, as `read_updates` returns them."""
    return next(iter(in_progress(updates)), None)


def update_target(update: Raw) -> str:
    """The version a `VersionUpdate` goes to, as its parameter `Version` says; empty if unknown."""
    return update_param(update, "Version")


def update_param(update: Raw, name: str) -> str:
    """The value of a parameter that an update was asked for with; empty without it."""
    params = update.get("params") or ()
    return next((str(one.get("value", "")) for one in params if one.get("type") == name), "")


def running_rollback(updates: Iterable[Raw]) -> Raw | None:
    """The update that takes the control plane back by a minor, if one runs."""
    return next((one for one in in_progress(updates) if one.get("type") == ROLLBACK), None)


def rollback_problem(update: Raw, cluster: str) -> Problem:
    """Why nothing of a cluster is changed while it goes back: hours, under Auto Mode days.

    https://docs.aws.amazon.com/eks/latest/userguide/rollback-automode.html: the cluster may look
    ACTIVE meanwhile, and every other update is refused.
    """
    back = f" to {update_target(update)}" if update_target(update) else ""
    return Problem(
        f"cluster {cluster!r}",
        f"update {update.get('id')} takes its control plane back{back} ({update.get('type')}, "
        f"{update.get('status')}). EKS refuses every other update meanwhile, under Auto Mode for "
        "up to seven days, even while the cluster is ACTIVE",
        "let it end and run again if the cluster is to go forward; under Auto Mode it can be "
        f"stopped while nodes go back: aws eks cancel-update --name {cluster} --update-id "
        f"{update.get('id')}",
    )


def brought_to(updates: Iterable[Raw], target: Minor) -> bool:
    """Whether the last move of the control plane that went well was the one to the target.

    Args:
        updates: of the cluster, newest first.
        target: the minor.
    """
    moves = (
        one
        for one in updates
        if one.get("type") in {VERSION_UPDATE, ROLLBACK} and one.get("status") == "Successful"
    )
    newest = next(moves, None)
    return newest is not None and goes_to(newest, target)


def goes_to(update: Raw, target: Minor) -> bool:
    """Whether an update moves the control plane to the target."""
    return update.get("type") == VERSION_UPDATE and read_minor(update_target(update)) == target

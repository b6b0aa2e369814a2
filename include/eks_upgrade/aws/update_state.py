"""What an update's record says: whether it runs, and which version it goes to. Pure.

https://docs.aws.amazon.com/eks/latest/APIReference/API_Update.html
"""

from collections.abc import Iterable

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor, read_minor


def in_progress(updates: Iterable[Raw]) -> tuple[Raw, ...]:
    """Those that have not ended; one at most for an add-on or a node group."""
    return tuple(one for one in updates if one.get("status") == "InProgress")


def newest_in_progress(updates: Iterable[Raw]) -> Raw | None:
    """The update that runs; `updates` are newest first, as `read_updates` returns them."""
    return next(iter(in_progress(updates)), None)


def update_target(update: Raw) -> str:
    """The version a `VersionUpdate` goes to, as its parameter `Version` says; empty if unknown."""
    params = update.get("params", [])
    return next((str(one.get("value", "")) for one in params if one.get("type") == "Version"), "")


def goes_to(update: Raw, target: Minor) -> bool:
    """Whether an update moves the control plane to the target."""
    return update.get("type") == "VersionUpdate" and read_minor(update_target(update)) == target

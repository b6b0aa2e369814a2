"""Updates: the record EKS keeps of every change that takes time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, new_id, now, page


@dataclass(frozen=True)
class Change:
    """A change that is to begin.

    Attributes:
        kind: the update type, such as VersionUpdate.
        params: name -> value as DescribeUpdate shows them.
        seconds: how long it takes.
        succeed: what is so when it went well.
        fail: what is so when it failed; gets the errors.
        errors: it fails with these, whatever the faults say of updates; None: they decide.
    """

    kind: str
    params: dict[str, str]
    seconds: float
    succeed: Callable[[], None]
    fail: Callable[[list[dict[str, Any]]], None]
    group: str | None = None
    addon: str | None = None
    errors: list[dict[str, Any]] | None = None


def remembered(state: ClusterState, token: str | None) -> dict[str, Any] | None:
    """The update a client request token has already started, or None."""
    return state.updates.get(state.tokens.get(token or "", ""))


def begin(state: ClusterState, change: Change, token: str | None) -> dict[str, Any]:
    """Start an update; it ends by itself, badly when the faults say so.

    Returns:
        The update as DescribeUpdate answers.
    """
    update = {
        "id": new_id(),
        "status": "InProgress",
        "type": change.kind,
        "params": [{"type": k, "value": v} for k, v in change.params.items()],
        "createdAt": now(),
        "errors": [],
    }
    update_id = str(update["id"])
    state.updates[update_id] = update
    state.owners[update_id] = (change.group, change.addon)
    if token:
        state.tokens[token] = update_id
    state.endings[update_id] = lambda errors: _end(state, update_id, change, errors)
    end = world().faults.take_update(change.kind, state.name, change.group or change.addon or "")
    if end is None or end.outcome != "stuck":
        errors = end.errors if end else change.errors
        world().clock.later(change.seconds, lambda: finish(state, update_id, errors))
    return update


def finish(state: ClusterState, update_id: str, errors: list[dict[str, Any]] | None) -> bool:
    """End an update: as Failed with these errors, or well with None.

    Returns:
        False when it was not in progress.
    """
    ending = state.endings.pop(update_id, None)
    if ending is None:
        return False
    ending(errors)
    return True


def _end(
    state: ClusterState, update_id: str, change: Change, errors: list[dict[str, Any]] | None
) -> None:
    update = state.updates[update_id]
    if errors is None:
        change.succeed()
        update["status"] = "Successful"
    else:
        change.fail(errors)
        update.update({"status": "Failed", "errors": errors})


def describe(region: EksRegion, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeUpdate; the owner (node group or add-on) must be named, as on AWS."""
    state = region.cluster(asked["name"])
    update = state.updates.get(asked["updateId"])
    owner = (asked.get("nodegroupName"), asked.get("addonName"))
    if update is None or state.owners[asked["updateId"]] != owner:
        raise errors.not_found(f"No update found for ID: {asked['updateId']}")
    return {"update": update}


def list_updates(region: EksRegion, asked: dict[str, Any]) -> dict[str, Any]:
    """ListUpdates: ids, newest first."""
    state = region.cluster(asked["name"])
    owner = (asked.get("nodegroupName"), asked.get("addonName"))
    ids = [i for i in reversed(state.updates) if state.owners[i] == owner]
    return page(ids, asked, "updateIds")

"""Updates: the record EKS keeps of every change that takes time."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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
        work: begins what takes the time, instead of `seconds`; it is handed what ends the update,
            badly with these errors, well with None.
    """

    kind: str
    params: dict[str, str]
    seconds: float
    succeed: Callable[[], None]
    fail: Callable[[list[dict[str, Any]]], None]
    group: str | None = None
    addon: str | None = None
    errors: list[dict[str, Any]] | None = None
    work: Callable[[Callable[[list[dict[str, Any]] | None], bool]], None] | None = None


def begin_once(
    state: ClusterState, request: dict[str, Any], make: Callable[[], Change]
) -> dict[str, Any]:
    """The answer to a request that starts an update; a repeated token starts no second one.

    Args:
        state: the cluster it is about.
        request: as the client sent it.
        make: checks the request, puts the resource into its state meanwhile and says what is to
            change; not called for a token that was seen before, whose update would be in the way.
    """
    token = request.get("clientRequestToken")
    update = state.updates.get(state.tokens.get(token or "", ""))
    return {"update": update or _begin(state, make(), token)}


def _begin(state: ClusterState, change: Change, token: str | None) -> dict[str, Any]:
    """Start an update; it ends by itself, badly when the faults say so."""
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
    end = world().faults.take_update(change.kind, state.key, change.group or change.addon or "")
    # A stuck update keeps its entry in `endings`, so that `finish` can still end it from outside.
    if end is None and change.work:
        change.work(partial(finish, state, update_id))
    elif end is None or end.outcome != "stuck":
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


def cancel(state: ClusterState, update_id: str, seconds: float) -> None:
    """Let an update that is in progress be Cancelling, and Cancelled so many seconds later."""
    ending, update = state.endings.pop(update_id), state.updates[update_id]
    update["status"] = "Cancelling"

    def cancelled() -> None:
        ending([])
        update.update({"status": "Cancelled", "errors": []})

    world().clock.later(seconds, cancelled)


def describe(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeUpdate; the owner (node group or add-on) must be named, as on AWS."""
    state = region.cluster(request["name"])
    update = state.updates.get(request["updateId"])
    owner = (request.get("nodegroupName"), request.get("addonName"))
    if update is None or state.owners[request["updateId"]] != owner:
        raise errors.not_found(f"No update found for ID: {request['updateId']}")
    return {"update": update}


def list_updates(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListUpdates: ids, newest first."""
    state = region.cluster(request["name"])
    owner = (request.get("nodegroupName"), request.get("addonName"))
    ids = [i for i in reversed(state.updates) if state.owners[i] == owner]
    return page(ids, request, "updateIds")


def as_json(value: Any) -> str:
    """A parameter of an update that has parts, as EKS writes it: JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))

"""Eventual consistency: for a while Describe and List calls show what was before a change.

Off unless `faults.lag_seconds` is set. Only what is shown is late: the change has begun, so a
second one is refused as busy although the resource still looks idle.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.state import EksRegion, OldView

Request = dict[str, Any]
Operation = Callable[[EksRegion, Request], dict[str, Any]]
Key = tuple[str, ...]

CHANGES: Final = {
    "UpdateClusterVersion": "cluster",
    "CreateNodegroup": "nodegroup",
    "UpdateNodegroupConfig": "nodegroup",
    "UpdateNodegroupVersion": "nodegroup",
    "DeleteNodegroup": "nodegroup",
    "CreateAddon": "addon",
    "UpdateAddon": "addon",
    "DeleteAddon": "addon",
}
SHOWS: Final = {
    "DescribeCluster": "cluster",
    "DescribeNodegroup": "nodegroup",
    "DescribeAddon": "addon",
}
LISTS: Final = {"ListNodegroups": ("nodegroup", "nodegroups"), "ListAddons": ("addon", "addons")}


def seen(region: EksRegion, operation: str, request: Request, act: Operation) -> dict[str, Any]:
    """The answer to an operation, as late as the faults want it."""
    if operation in SHOWS:
        return _shown(region, SHOWS[operation], request, act)
    if operation in LISTS:
        return _listed(region, operation, request, act)
    if operation in CHANGES and world().faults.lag_seconds > 0:
        return _changed(region, CHANGES[operation], request, act)
    return act(region, request)


def _key(kind: str, request: Request) -> Key:
    cluster = request.get("clusterName") or request.get("name") or ""
    return (kind, cluster, request.get(f"{kind}Name", "") if kind != "cluster" else "")


def _changed(region: EksRegion, kind: str, request: Request, act: Operation) -> dict[str, Any]:
    key = _key(kind, request)
    view = _view(region, key)
    # A change on top of one that is not seen yet: clients go on seeing what was before both.
    before = view.raw if view else deepcopy(_raw(region, key))
    # A refusal leaves here as an exception, and then nothing is late.
    answer = act(region, request)
    until = world().clock.now() + world().faults.lag_seconds
    region.old_views[key] = OldView(until, before)
    # Copied: the answer shows the change as it began, and must not follow the live object.
    return deepcopy(answer)


def _shown(region: EksRegion, kind: str, request: Request, act: Operation) -> dict[str, Any]:
    key = _key(kind, request)
    view = _view(region, key)
    if view is None:
        return act(region, request)
    if view.raw is None:
        raise errors.not_found(f"No {kind} found for name: {key[2]}.", clusterName=key[1])
    return {kind: view.raw}


def _listed(region: EksRegion, operation: str, request: Request, act: Operation) -> dict[str, Any]:
    kind, name = LISTS[operation]
    answer = act(region, request)
    hidden = {
        key[2]
        for key in list(region.old_views)
        if key[:2] == (kind, request["clusterName"]) and (v := _view(region, key)) and v.raw is None
    }
    return {**answer, name: [each for each in answer[name] if each not in hidden]}


def _view(region: EksRegion, key: Key) -> OldView | None:
    view = region.old_views.get(key)
    if view and world().clock.now() >= view.until:
        region.old_views.pop(key)
        return None
    return view


def _raw(region: EksRegion, key: Key) -> dict[str, Any] | None:
    kind, cluster, name = key
    state = region.clusters.get(cluster)
    if state is None:
        return None
    if kind == "cluster":
        return state.raw
    if kind == "addon":
        return state.addons.get(name)
    group = state.groups.get(name)
    return group.raw if group else None

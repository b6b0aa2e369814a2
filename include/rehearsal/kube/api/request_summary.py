"""A request to a rehearsal cluster as the journal, holds and faults see it."""

from collections.abc import Mapping
from typing import Any, Final

from include.rehearsal.journal import Request
from include.rehearsal.kube.auth import reviews
from include.rehearsal.kube.http.calls import Call
from include.rehearsal.kube.http.routes import Route, find_route
from include.rehearsal.kube.objects.errors import ApiError

READ_VERBS: Final = ("get", "list", "watch")
UNRECORDED_PATCHES: Final = ("configmaps",)


def summary_of(cluster: str, call: Call) -> Request:
    """The request's operation (`create pods/eviction`), target and whether it changes anything.

    What is no object of the API has its method and path as its operation: `get /version`.
    """
    route = _route(call)
    if route is None:
        review = call.path == reviews.PATH and call.method == "POST"
        operation = (
            "create selfsubjectaccessreviews" if review else f"{call.method.lower()} {call.path}"
        )
        return Request("kube", operation, cluster)
    name = route.name or _name_in(call.body)
    return Request(
        "kube",
        f"{route.verb} {route.target}",
        cluster,
        f"{route.namespace}/{name}" if route.namespace else name,
        changes=route.verb not in READ_VERBS and not _is_dry(call),
        body=_summary(route, call, name),
    )


def _route(call: Call) -> Route | None:
    try:
        return find_route(call.method, call.path, watch=call.flag("watch"))
    except ApiError:
        return None


def _is_dry(call: Call) -> bool:
    options = call.body.get("deleteOptions") if isinstance(call.body, Mapping) else None
    return call.dry_run or bool((options or {}).get("dryRun"))


def _name_in(body: Any) -> str:
    meta = body.get("metadata") if isinstance(body, Mapping) else None
    return str(meta.get("name") or "") if isinstance(meta, Mapping) else ""


def _summary(route: Route, call: Call, name: str) -> dict[str, Any]:
    """What distinguishes two calls of one kind: name, the uid it insists on, what is patched."""
    found: dict[str, Any] = {"name": name} if name else {}
    body = call.body if isinstance(call.body, Mapping) else {}
    options = body.get("deleteOptions") or body
    uid = (options.get("preconditions") or {}).get("uid")
    if uid:
        found["uid"] = uid
    if route.verb == "patch" and route.resource.plural not in UNRECORDED_PATCHES:
        found["patch"] = call.body
    return found

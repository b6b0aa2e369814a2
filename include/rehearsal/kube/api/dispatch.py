"""One request to one cluster: which handler answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from include.rehearsal.kube.api import reading, writing
from include.rehearsal.kube.api.discovery import document, version_document
from include.rehearsal.kube.auth import reviews
from include.rehearsal.kube.auth.access import Rights
from include.rehearsal.kube.auth.rbac import ResourceAttributes
from include.rehearsal.kube.http.calls import Answer, Call, Cluster
from include.rehearsal.kube.http.protobuf import unsupported
from include.rehearsal.kube.http.routes import Route, find_route
from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.watch.cache import WatchCache, expired

HEALTH_PATHS: Final = ("/healthz", "/livez", "/readyz")
PAGE_NOT_FOUND: Final = Answer(404, "404 page not found\n")

Handler = Callable[[Cluster, Route, Call], Answer]
WRITERS: Final[Mapping[str, Handler]] = {
    "create": writing.create,
    "update": writing.update,
    "patch": writing.patch,
    "delete": writing.delete,
}


@dataclass(frozen=True)
class Guard:
    """What a request has to pass: the caller's rights, and webhooks (None when none objects)."""

    rights: Rights
    denial: Callable[[], ApiError | None]


def answer(
    cluster: Cluster, cache: WatchCache, guard: Guard, call: Call, address: str
) -> Answer | Route:
    """The answer to a request, or the route of a watch, which the server streams.

    The caller holds the clock's lock and has let everything due happen.

    Raises:
        ApiError: what the request is refused with.
    """
    special = _special(cluster, guard.rights, call, address)
    if special is not None:
        return special
    route = find_route(call.method, call.path, watch=call.flag("watch"))
    if route is None:
        return PAGE_NOT_FOUND
    guard.rights.check(route, call)
    if route.verb == "watch":
        version = call.query.get("resourceVersion") or "0"
        if cache.refuses_plainly(route.resource.plural, version):
            raise expired(f"too old resource version: {version}")
        return route
    _admit(cluster, guard, route)
    return _handle(cluster, cache, route, call)


def _admit(cluster: Cluster, guard: Guard, route: Route) -> None:
    """Ask the webhooks; those of a subresource only when its object is there."""
    denial = guard.denial()
    if denial is None:
        return
    if route.name:
        cluster.store.get(route.resource.plural, route.namespace, route.name)
    raise denial


def refusal(error: ApiError) -> Answer:
    """The answer for an error; a time to wait goes into a header as well."""
    wait = (error.details or {}).get("retryAfterSeconds")
    headers = {"Retry-After": str(wait)} if wait else {}
    return Answer(error.status, error.body(), headers)


def _special(cluster: Cluster, rights: Rights, call: Call, address: str) -> Answer | None:
    if call.method == "GET" and call.path in HEALTH_PATHS:
        return Answer(200, "ok")
    if call.method == "GET" and call.path == "/version":
        return Answer(200, version_document(cluster.version))
    if call.method == "POST" and call.path == reviews.PATH:
        rights.check(reviews.ROUTE, call)
        attributes = reviews.attributes_in(call.body)
        allowed = rights.allows(_reviewed(attributes))
        return Answer(201, reviews.review(attributes, allowed=allowed))
    if isinstance(call.body, bytes):
        raise unsupported()
    if call.method == "GET" and call.path.startswith(("/api", "/apis")):
        found = document(call.path, address)
        return Answer(200, found) if found is not None else None
    return None


def _reviewed(attributes: Mapping[str, str]) -> ResourceAttributes:
    """The attributes of an access review as RBAC is asked about them."""
    parts = (attributes.get("resource"), attributes.get("subresource"))
    return ResourceAttributes(
        attributes.get("verb", ""),
        attributes.get("group", ""),
        "/".join(filter(None, parts)),
        attributes.get("namespace", ""),
        attributes.get("name", ""),
    )


def _handle(cluster: Cluster, cache: WatchCache, route: Route, call: Call) -> Answer:
    if route.subresource == "eviction":
        return writing.evict(cluster, route, call)
    if route.verb == "get" and route.subresource == "scale":
        found = cluster.store.get(route.resource.plural, route.namespace, route.name)
        return Answer(200, writing.scale_of(route.resource, found))
    if route.verb == "get":
        read = reading.read_log if route.subresource == "log" else reading.get
        return read(cluster, route, call)
    if route.verb == "list":
        return reading.list_objects(cluster, cache, route, call)
    if route.verb == "deletecollection":
        scope = reading.scope_of(route, call.query)
        selected = cluster.store.list(
            scope.plural, scope.namespace, labels=scope.labels, fields=scope.fields
        )
        return writing.delete_collection(cluster, route, call, selected)
    return WRITERS[route.verb](cluster, route, call)

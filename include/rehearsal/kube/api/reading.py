"""Get and list: selectors, paging, and kubectl's tables."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from include.rehearsal.kube.http.calls import Answer, Call, Cluster
from include.rehearsal.kube.http.routes import Route
from include.rehearsal.kube.objects.errors import bad_request
from include.rehearsal.kube.objects.selectors import FieldSelector, LabelSelector
from include.rehearsal.kube.objects.store import Key, key_of
from include.rehearsal.kube.objects.tables import embedded, table, wants_table
from include.rehearsal.kube.watch.cache import Scope, WatchCache, expired
from include.rehearsal.raw import RawDict

ANY_VERSION: Final = -1  # a token that continues at whatever version there is now
# As kubernetes/apiserver words it in `storage/errors.go` and the etcd store's paging.
INCONSISTENT: Final = (
    "The provided continue parameter is too old to display a consistent list result. You can "
    "start a new list without the continue parameter, or use the continue token in this response "
    "to retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)


def scope_of(route: Route, query: Mapping[str, str]) -> Scope:
    """What a list or watch looks at.

    Raises:
        ApiError: 400 for a selector that cannot be read.
    """
    plural = route.resource.plural
    labels = query.get("labelSelector")
    fields = query.get("fieldSelector")
    if route.name:
        fields = ",".join(filter(None, (fields, f"metadata.name={route.name}")))
    return Scope(
        plural,
        route.namespace,
        LabelSelector.parse(labels) if labels else None,
        FieldSelector.parse(fields, plural) if fields else None,
    )


def get(cluster: Cluster, route: Route, call: Call) -> Answer:
    """One object."""
    found = cluster.store.get(route.resource.plural, route.namespace, route.name)
    if wants_table(call.accept):
        return Answer(
            200, table(route.resource.plural, [found], cluster.store.clock, embedded(call.query))
        )
    return Answer(200, found)


def read_log(cluster: Cluster, route: Route, call: Call) -> Answer:
    """What a pod's first container has written: nothing is executed, so it is a line about it.

    Raises:
        ApiError: 400 while it has not started.
    """
    pod = cluster.store.get("pods", route.namespace, route.name)
    container = pod["spec"]["containers"][0]
    statuses = (pod.get("status") or {}).get("containerStatuses")
    if not statuses:
        waits = f"container {container['name']!r} in pod {route.name!r} is waiting to start"
        raise bad_request(waits.replace("'", '"'))
    words = " ".join([*(container.get("command") or ()), *(container.get("args") or ())])
    stamp = f"{pod['status'].get('startTime')} " if call.flag("timestamps") else ""
    said = words or "its own command"
    return Answer(200, f"{stamp}rehearsal: {container.get('image')} ran {said}\n")


def list_objects(cluster: Cluster, cache: WatchCache, route: Route, call: Call) -> Answer:
    """The objects of a scope, or a page of them; the items carry no kind, as ever."""
    scope = scope_of(route, call.query)
    found = cluster.store.list(
        scope.plural, scope.namespace, labels=scope.labels, fields=scope.fields
    )
    found, meta = _page(found, call.query, cluster.store.version, cache, scope)
    if wants_table(call.accept):
        body = table(scope.plural, found, cluster.store.clock, embedded(call.query))
        return Answer(200, {**body, "metadata": meta})
    items = [
        {key: value for key, value in each.items() if key not in ("kind", "apiVersion")}
        for each in found
    ]
    resource = route.resource
    head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta}
    return Answer(200, {**head, "items": items})


def _page(
    found: list[RawDict],
    query: Mapping[str, str],
    version: int,
    cache: WatchCache,
    scope: Scope,
) -> tuple[list[RawDict], dict[str, Any]]:
    meta: dict[str, Any] = {"resourceVersion": str(version)}
    if query.get("continue"):
        read_at, start = _read_token(query["continue"])
        if 0 <= read_at < cache.oldest_of(scope.plural):
            raise expired(INCONSISTENT, token=_token(ANY_VERSION, start))
        found = [each for each in found if key_of(each) > start]
        meta["resourceVersion"] = str(version if read_at == ANY_VERSION else read_at)
    limit = int(query.get("limit") or 0)
    if limit and len(found) > limit:
        meta["continue"] = _token(int(meta["resourceVersion"]), key_of(found[limit - 1]))
        if scope.labels is None and scope.fields is None:
            meta["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    return found, meta


def _token(version: int, last: Key) -> str:
    """A continue token: go on after the object of that key."""
    start = "/" + "/".join(filter(None, last)) + "\0"
    token = {"v": "meta.k8s.io/v1", "rv": version, "start": start}
    text = json.dumps(token, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(text: str) -> tuple[int, Key]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise _bad_token("illegal base64 data at input byte 0") from error
    try:
        token = json.loads(raw)
        *namespace, name = token["start"].strip("/").rstrip("\0").split("/")
        return int(token["rv"]), ("".join(namespace), name)
    except (ValueError, KeyError, TypeError) as error:
        first = raw[0] if raw else 0
        shown = chr(first) if 32 <= first < 127 else f"\\u{first:04x}"
        raise _bad_token(f"invalid character '{shown}' looking for beginning of value") from error


def _bad_token(why: str) -> Exception:
    return bad_request(f"invalid continue token: continue key is not valid: {why}")

"""Create, replace, patch, delete, evict, scale: every request that changes something."""

from collections.abc import Mapping
from typing import Any, Final

from include.rehearsal.kube.http.calls import Answer, Call, Cluster
from include.rehearsal.kube.http.routes import Route
from include.rehearsal.kube.objects.defaults import with_defaults
from include.rehearsal.kube.objects.errors import bad_request, namespace_terminating, not_found
from include.rehearsal.kube.objects.patches import APPLY_PATCH, patched
from include.rehearsal.kube.objects.resources import Resource
from include.rehearsal.kube.objects.store import copied
from include.rehearsal.kube.objects.validation import check_preconditions, validate
from include.rehearsal.raw import RawDict

EVICTION_KINDS: Final = ("policy/v1", "policy/v1beta1")


def create(cluster: Cluster, route: Route, call: Call) -> Answer:
    """POST to a collection.

    Raises:
        ApiError: 400, 403 (namespace terminating), 404 (no namespace), 409, 422.
    """
    obj = _body_for(route, call.body)
    check_namespace(cluster, route, obj["metadata"].get("name", ""))
    if route.resource.plural != "nodes":
        obj.pop("status", None)  # only kubelets may bring their own; others earn it
    full = with_defaults(route.resource.plural, obj)
    cluster.admit("CREATE", route.resource.plural, full, dry_run=call.dry_run)
    validate(route.resource, full)
    return Answer(201, cluster.store.create(route.resource.plural, full, dry_run=call.dry_run))


def update(cluster: Cluster, route: Route, call: Call) -> Answer:
    """PUT of an object or its status.

    Raises:
        ApiError: 400, 404, 409 (stale), 422.
    """
    if route.subresource == "scale":
        return _set_scale(cluster, route, call, call.body)
    obj = _body_for(route, call.body)
    old = cluster.store.get(route.resource.plural, route.namespace, route.name)
    return _store(cluster, route, call, old, obj)


def patch(cluster: Cluster, route: Route, call: Call) -> Answer:
    """PATCH of an object, its status or its scale; an apply creates what is not there.

    Raises:
        ApiError: 400, 404, 409 (stale), 415 (unknown patch type), 422.
    """
    plural = route.resource.plural
    if route.subresource == "scale":
        scale = scale_of(route.resource, _target(cluster, route))
        return _set_scale(cluster, route, call, patched(scale, call.body, call.content_type))
    old = cluster.store.find(plural, route.namespace, route.name)
    if old is None and call.content_type == APPLY_PATCH:
        return create(cluster, route, call)
    if old is None:
        raise not_found(plural, route.name)
    new = patched(old, call.body, call.content_type)
    return _store(cluster, route, call, old, _body_for(route, new))


def delete(cluster: Cluster, route: Route, call: Call) -> Answer:
    """DELETE of one object.

    Raises:
        ApiError: 404, 409 when a precondition does not hold.
    """
    options = _delete_options(call)
    old = _target(cluster, route)
    check_preconditions(route.resource.plural, old, options.get("preconditions") or {})
    cluster.admit("DELETE", route.resource.plural, old, dry_run=call.dry_run)
    if call.dry_run:
        return Answer(200, old)
    plural = route.resource.plural
    return Answer(200, cluster.delete(plural, route.namespace, route.name, options))


def delete_collection(
    cluster: Cluster, route: Route, call: Call, selected: list[RawDict]
) -> Answer:
    """DELETE of a collection: each selected object is deleted as if alone."""
    options = _delete_options(call)
    plural = route.resource.plural
    for each in () if call.dry_run else selected:
        meta = each["metadata"]
        cluster.delete(plural, meta.get("namespace"), meta["name"], options)
    resource, meta = route.resource, {"resourceVersion": str(cluster.store.version)}
    head = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": meta}
    return Answer(200, {**head, "items": selected})


def evict(cluster: Cluster, route: Route, call: Call) -> Answer:
    """POST to a pod's eviction subresource.

    Raises:
        ApiError: 400, 403 (namespace terminating), 404, 409, 429 (budget), 500 (two budgets).
    """
    body: RawDict = copied(call.body) if isinstance(call.body, Mapping) else {}
    if body.get("kind", "Eviction") != "Eviction":
        raise bad_request(f'no kind "{body.get("kind")}" is registered for evictions')
    if body.get("apiVersion", EVICTION_KINDS[0]) not in EVICTION_KINDS:
        raise bad_request(f"evictions are not served in version {body['apiVersion']}")
    if (body.get("metadata") or {}).get("name", route.name) != route.name:
        raise bad_request("name in URL does not match name in Eviction object")
    check_namespace(cluster, route, route.name)
    if call.dry_run:
        options = body.get("deleteOptions") or {}
        body["deleteOptions"] = {**options, "dryRun": ["All"]}
    return Answer(201, cluster.evict(route.namespace or "default", route.name, body))


def scale_of(resource: Resource, obj: RawDict) -> RawDict:
    """The Scale of a workload."""
    meta = obj["metadata"]
    labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {"replicas": obj["spec"].get("replicas", 1 if resource.group else 0)},
        "status": {"replicas": (obj.get("status") or {}).get("replicas", 0), "selector": selector},
    }


def check_namespace(cluster: Cluster, route: Route, name: str) -> None:
    """Admission: nothing new in a namespace that is terminating or not there.

    Raises:
        ApiError: 403 or 404.
    """
    if not route.resource.namespaced:
        return
    namespace = cluster.store.get("namespaces", None, route.namespace or "default")
    if not namespace["metadata"].get("deletionTimestamp"):
        return
    raise namespace_terminating(route.resource.plural, name, namespace["metadata"]["name"])


def _target(cluster: Cluster, route: Route) -> RawDict:
    return cluster.store.get(route.resource.plural, route.namespace, route.name)


def _body_for(route: Route, body: Any) -> RawDict:
    """The body as an object of the route's kind, name and namespace.

    Raises:
        ApiError: 400 when it is of another.
    """
    resource = route.resource
    if not isinstance(body, Mapping):
        raise bad_request("the body of the request must be a JSON object")
    obj: RawDict = copied(body)
    for field, expected in (("kind", resource.kind), ("apiVersion", resource.api_version)):
        if obj.setdefault(field, expected) != expected:
            label = "API version" if field == "apiVersion" else "kind"
            raise bad_request(
                f"the {label} in the data ({obj[field]}) does not match the expected {label} "
                f"({expected})"
            )
    meta = obj.get("metadata")
    if not isinstance(meta, dict):
        meta = obj["metadata"] = {}
    if route.name and meta.setdefault("name", route.name) != route.name:
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL "
            f"({route.name})"
        )
    if resource.namespaced and meta.setdefault("namespace", route.namespace) != route.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    return obj


def _store(cluster: Cluster, route: Route, call: Call, old: RawDict, new: RawDict) -> Answer:
    if "status" in route.resource.subresources:
        parts = _parts(old, new) if route.subresource == "status" else _parts(new, old)
        new = {**parts, "metadata": new["metadata"]}
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds"):  # only a delete sets these
        new["metadata"].pop(field, None)
        if field in old["metadata"]:
            new["metadata"][field] = old["metadata"][field]
    uid = new["metadata"].get("uid")
    if uid:  # an empty one is as good as none
        check_preconditions(route.resource.plural, old, {"uid": uid})
    if not route.subresource:
        cluster.admit("UPDATE", route.resource.plural, new, dry_run=call.dry_run)
    validate(route.resource, new, old)
    return Answer(200, cluster.store.replace(route.resource.plural, new, dry_run=call.dry_run))


def _parts(main: RawDict, status: RawDict) -> RawDict:
    """One object from the main part of one and the status of another."""
    made = {key: value for key, value in main.items() if key != "status"}
    return made | ({"status": status["status"]} if "status" in status else {})


def _set_scale(cluster: Cluster, route: Route, call: Call, scale: Any) -> Answer:
    old = _target(cluster, route)
    replicas = (scale.get("spec") or {}).get("replicas", 0) if isinstance(scale, Mapping) else None
    if not isinstance(replicas, int):
        raise bad_request("a Scale has spec.replicas")
    version = (scale.get("metadata") or {}).get("resourceVersion")
    meta = {**old["metadata"], "resourceVersion": version or old["metadata"]["resourceVersion"]}
    new = {**old, "metadata": meta, "spec": {**old["spec"], "replicas": replicas}}
    validate(route.resource, new, old)
    stored = cluster.store.replace(route.resource.plural, new, dry_run=call.dry_run)
    return Answer(200, scale_of(route.resource, stored))


def _delete_options(call: Call) -> RawDict:
    options: RawDict = copied(call.body) if isinstance(call.body, Mapping) else {}
    if "gracePeriodSeconds" in call.query:
        options.setdefault("gracePeriodSeconds", int(call.query["gracePeriodSeconds"]))
    if "propagationPolicy" in call.query:
        options.setdefault("propagationPolicy", call.query["propagationPolicy"])
    return options

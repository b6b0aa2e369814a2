"""From a method and a path to what a request wants: verb, kind, namespace, name, subresource."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from include.rehearsal.kube.objects.errors import ApiError
from include.rehearsal.kube.objects.resources import RESOURCES, Resource

COLLECTION_VERBS: Final = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
OBJECT_VERBS: Final = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
SUBRESOURCE_VERBS: Final[Mapping[str, Mapping[str, str]]] = {
    "eviction": {"POST": "create"},
    "log": {"GET": "get"},
    "status": {"GET": "get", "PUT": "update", "PATCH": "patch"},
    "scale": {"GET": "get", "PUT": "update", "PATCH": "patch"},
}


@dataclass(frozen=True)
class Route:
    """What is asked. `verb` is RBAC's; `name` is empty for a collection."""

    verb: str
    resource: Resource
    namespace: str | None = None
    name: str = ""
    subresource: str = ""

    @property
    def target(self) -> str:
        """The resource as RBAC rules name it: `pods`, `pods/eviction`."""
        plural = self.resource.plural
        return f"{plural}/{self.subresource}" if self.subresource else plural


def find_route(method: str, path: str, *, watch: bool) -> Route | None:
    """The route of `/api/v1/...` or `/apis/<group>/<version>/...`; None: no such path.

    Raises:
        ApiError: 405 when the path is known and the method is not.
    """
    split = _split(path)
    if split is None:
        return None
    (group, version), parts = split
    namespace = None
    if parts[0] == "namespaces" and len(parts) > 2 and parts[2] in RESOURCES:
        namespace, parts = parts[1], parts[2:]
    resource = RESOURCES.get(parts[0])
    if resource is None or (resource.group, resource.version) != (group, version):
        return None
    name, subresource = _rest(parts)
    if not _exists(resource, namespace, name, subresource) or len(parts) > 3:
        return None
    return Route(
        _verb(method, name, subresource, watch=watch), resource, namespace, name, subresource
    )


def _split(path: str) -> tuple[tuple[str, str], list[str]] | None:
    parts = path.strip("/").split("/")
    if parts[:1] == ["api"] and len(parts) > 2:
        return ("", parts[1]), parts[2:]
    if parts[:1] == ["apis"] and len(parts) > 3:
        return (parts[1], parts[2]), parts[3:]
    return None


def _rest(parts: list[str]) -> tuple[str, str]:
    return (parts[1] if len(parts) > 1 else ""), (parts[2] if len(parts) > 2 else "")


def _exists(resource: Resource, namespace: str | None, name: str, subresource: str) -> bool:
    if subresource and subresource not in resource.subresources:
        return False
    if not resource.namespaced:
        return namespace is None
    return namespace is not None or not name


def _verb(method: str, name: str, subresource: str, *, watch: bool) -> str:
    verbs = (
        SUBRESOURCE_VERBS.get(subresource, {})
        if subresource
        else OBJECT_VERBS
        if name
        else COLLECTION_VERBS
    )
    if method not in verbs:
        raise ApiError(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
            {},
        )
    return "watch" if watch and verbs[method] in ("list", "get") else verbs[method]

"""The kinds the rehearsal's API server knows, and the errors it answers with.

The error bodies are `Status` objects worded as the recordings of a real API server word
them (`tests/recordings/errors.json`, `lease.json`, `forbidden.json`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ALL_VERBS: Final = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)


@dataclass(frozen=True)
class Resource:
    """One kind: how it is named in paths, bodies and `kubectl get`.

    Attributes:
        counts_generations: whether a change of `spec` raises `metadata.generation`.
        subresources: path elements served below a single object.
    """

    plural: str
    kind: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    counts_generations: bool = False

    @property
    def api_version(self) -> str:
        """The `apiVersion` of its objects: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """The plural with its group, as errors name it: `leases.coordination.k8s.io`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """The kind with its group: `Lease.coordination.k8s.io`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def collection_deletable(self) -> bool:
        """Whether a whole collection may be deleted in one request; not so namespaces."""
        return self.plural != "namespaces"

    @property
    def singular(self) -> str:
        """The singular name of discovery."""
        return self.kind.lower()


def _workload(plural: str, kind: str, short: str) -> Resource:
    return Resource(
        plural,
        kind,
        "apps",
        short_names=(short,),
        categories=("all",),
        subresources=("status",) if plural == "daemonsets" else ("scale", "status"),
        counts_generations=True,
    )


RESOURCES: Final[Mapping[str, Resource]] = {
    resource.plural: resource
    for resource in (
        Resource("configmaps", "ConfigMap", short_names=("cm",)),
        Resource("events", "Event", short_names=("ev",)),
        Resource(
            "namespaces",
            "Namespace",
            namespaced=False,
            short_names=("ns",),
            subresources=("status",),
        ),
        Resource("nodes", "Node", namespaced=False, short_names=("no",), subresources=("status",)),
        Resource(
            "persistentvolumeclaims",
            "PersistentVolumeClaim",
            short_names=("pvc",),
            subresources=("status",),
        ),
        Resource(
            "persistentvolumes",
            "PersistentVolume",
            namespaced=False,
            short_names=("pv",),
            subresources=("status",),
        ),
        Resource(
            "pods",
            "Pod",
            short_names=("po",),
            categories=("all",),
            subresources=("eviction", "status"),
            counts_generations=True,
        ),
        Resource("serviceaccounts", "ServiceAccount", short_names=("sa",)),
        Resource(
            "services",
            "Service",
            short_names=("svc",),
            categories=("all",),
            subresources=("status",),
        ),
        _workload("daemonsets", "DaemonSet", "ds"),
        _workload("deployments", "Deployment", "deploy"),
        _workload("replicasets", "ReplicaSet", "rs"),
        _workload("statefulsets", "StatefulSet", "sts"),
        Resource(
            "jobs",
            "Job",
            "batch",
            categories=("all",),
            subresources=("status",),
            counts_generations=True,
        ),
        Resource(
            "poddisruptionbudgets",
            "PodDisruptionBudget",
            "policy",
            short_names=("pdb",),
            subresources=("status",),
            counts_generations=True,
        ),
        Resource("leases", "Lease", "coordination.k8s.io"),
    )
}

BY_KIND: Final[Mapping[str, Resource]] = {each.kind: each for each in RESOURCES.values()}


class ApiError(Exception):
    """A request the API server refuses; `body()` is the `Status` it answers.

    Args:
        status: HTTP status.
        reason: the machine's word (`NotFound`); empty leaves the field out.
        message: the sentence.
        details: name, group, kind, uid, causes, retryAfterSeconds as a `Status` has them.
        meta: the ListMeta of the `Status`, such as a `continue` to go on with.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.meta = dict(meta or {})
        self.status = status
        self.reason = reason
        self.message = message
        self.details = dict(details) if details is not None else None

    def body(self) -> dict[str, Any]:
        """The `Status` object of the answer."""
        answer: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.meta,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            answer["reason"] = self.reason
        if self.details is not None:
            answer["details"] = self.details
        answer["code"] = self.status
        return answer


def describe(plural: str, name: str, *, kind: str | None = None) -> dict[str, Any]:
    """The `details` of a Status about one object; `kind` replaces the plural."""
    details: dict[str, Any] = {"name": name} if name else {}
    resource = RESOURCES.get(plural)
    if resource is not None and resource.group:
        details["group"] = resource.group
    details["kind"] = kind or plural
    return details


def _qualified(plural: str) -> str:
    return RESOURCES[plural].qualified if plural in RESOURCES else plural


def not_found(plural: str, name: str) -> ApiError:
    """404 for an object that is not there."""
    message = f'{_qualified(plural)} "{name}" not found'
    return ApiError(404, "NotFound", message, describe(plural, name))


def already_exists(plural: str, name: str) -> ApiError:
    """409 for a create of a name that is taken."""
    message = f'{_qualified(plural)} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, describe(plural, name))


def stale(plural: str, name: str) -> ApiError:
    """409 for a write that carries an old resourceVersion."""
    message = (
        f'Operation cannot be fulfilled on {_qualified(plural)} "{name}": the object has been '
        "modified; please apply your changes to the latest version and try again"
    )
    return ApiError(409, "Conflict", message, describe(plural, name))


def precondition_failed(plural: str, name: str, why: str) -> ApiError:
    """409 for a delete whose preconditions do not hold; `why` ends the sentence."""
    resource = RESOURCES[plural]
    message = f'Operation cannot be fulfilled on {resource.qualified_kind} "{name}": {why}'
    return ApiError(409, "Conflict", message, describe(plural, name, kind=resource.kind))


def bad_request(message: str) -> ApiError:
    """400 with this message."""
    return ApiError(400, "BadRequest", message)


def invalid(plural: str, name: str, causes: Sequence[tuple[str, str, str]]) -> ApiError:
    """422 for a body that does not hold.

    Args:
        plural: the kind's plural.
        name: the object's name, empty when it has none.
        causes: (reason, field, message), e.g. ("FieldValueRequired", "spec.selector",
            "Required value").
    """
    resource = RESOURCES[plural]
    parts = [f"{path}: {message}" for _, path, message in causes]
    words = parts[0] if len(parts) == 1 else "[" + ", ".join(parts) + "]"
    details = describe(plural, name, kind=resource.kind)
    details["causes"] = [
        {"reason": reason, "message": message, "field": path} for reason, path, message in causes
    ]
    message = f'{resource.qualified_kind} "{name}" is invalid: {words}'
    return ApiError(422, "Invalid", message, details)

"""The errors the rehearsal's API server answers with.

The bodies are `Status` objects worded as the recordings of a real API server word them
(`tests/recordings/errors.json`, `lease.json`, `forbidden.json`).
"""

from collections.abc import Sequence
from typing import Any

from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.raw import Raw


class ApiError(Exception):
    """A request the API server refuses; `body()` is the `Status` it answers.

    Args:
        status: HTTP status.
        reason: the machine-readable reason (`NotFound`); empty leaves the field out.
        message: the sentence.
        details: name, group, kind, uid, causes, retryAfterSeconds as a `Status` has them.
        meta: the ListMeta of the `Status`, such as a `continue` to go on with.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        details: Raw | None = None,
        *,
        meta: Raw | None = None,
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
    causes_text = parts[0] if len(parts) == 1 else "[" + ", ".join(parts) + "]"
    details = describe(plural, name, kind=resource.kind)
    details["causes"] = [
        {"reason": reason, "message": message, "field": path} for reason, path, message in causes
    ]
    message = f'{resource.qualified_kind} "{name}" is invalid: {causes_text}'
    return ApiError(422, "Invalid", message, details)


def namespace_terminating(plural: str, name: str, namespace: str) -> ApiError:
    """403: nothing can be created in a namespace that is being deleted."""
    why = f"namespace {namespace} is being terminated"
    details = describe(plural, name)
    details["causes"] = [
        {"reason": "NamespaceTerminating", "message": why, "field": "metadata.namespace"}
    ]
    message = (
        f'{_qualified(plural)} "{name}" is forbidden: unable to create new content in namespace '
        f"{namespace} because it is being terminated"
    )
    return ApiError(403, "Forbidden", message, details)

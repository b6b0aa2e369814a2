"""SelfSubjectAccessReview: may I? `kubectl auth can-i` posts it as protobuf to any server."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from include.rehearsal.kube.resources import ApiError, bad_request

PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
PATH: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_MAGIC: Final = b"k8s\0"
_ATTRIBUTES: Final = {
    1: "namespace",
    2: "verb",
    3: "group",
    5: "resource",
    6: "subresource",
    7: "name",
}


def attributes(body: Any) -> dict[str, str]:
    """The resource attributes of a review, from JSON data or protobuf bytes."""
    if isinstance(body, bytes):
        return _from_protobuf(body)
    if not isinstance(body, Mapping) or not isinstance(body.get("spec"), Mapping):
        raise bad_request("a SelfSubjectAccessReview has a spec")
    return dict(body["spec"].get("resourceAttributes") or {})


def review(asked: Mapping[str, str], *, allowed: bool) -> dict[str, Any]:
    """The answered review."""
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": {"resourceAttributes": dict(asked)},
        "status": {"allowed": allowed},
    }


def _from_protobuf(body: bytes) -> dict[str, str]:
    """Read envelope (field 2) -> review (2: spec) -> spec (1: attributes) -> strings."""
    if not body.startswith(_MAGIC):
        raise unsupported()
    found = body.removeprefix(_MAGIC)
    for number in (2, 2, 1):
        found = dict(_fields(found)).get(number, b"")
    return {_ATTRIBUTES[n]: v.decode() for n, v in _fields(found) if n in _ATTRIBUTES and v}


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message; these messages have no others."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 != 2:
            raise bad_request("a field of the protobuf body is of an unexpected type")
        length, at = _varint(data, at)
        yield tag >> 3, data[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    raise bad_request("the protobuf body ends early")


def unsupported() -> ApiError:
    """415 for a body that is not JSON."""
    return ApiError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml",
        {},
    )

"""SelfSubjectAccessReview: may I? `kubectl auth can-i` posts it as protobuf to any server.

https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
"""

from collections.abc import Mapping
from typing import Any, Final

from include.rehearsal.kube.http.protobuf import fields, message, payload
from include.rehearsal.kube.http.routes import Route
from include.rehearsal.kube.objects.errors import bad_request
from include.rehearsal.kube.objects.resources import Resource

PATH: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
ROUTE: Final = Route(
    "create",
    Resource(
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        "authorization.k8s.io",
        namespaced=False,
    ),
)
_ATTRIBUTES: Final = {
    1: "namespace",
    2: "verb",
    3: "group",
    5: "resource",
    6: "subresource",
    7: "name",
}


def attributes_in(body: Any) -> dict[str, str]:
    """The resource attributes of a review, from JSON data or protobuf bytes."""
    if isinstance(body, bytes):
        return _from_protobuf(body)
    if not isinstance(body, Mapping) or not isinstance(body.get("spec"), Mapping):
        raise bad_request("a SelfSubjectAccessReview has a spec")
    return dict(body["spec"].get("resourceAttributes") or {})


def review(attributes: Mapping[str, str], *, allowed: bool) -> dict[str, Any]:
    """The answered review."""
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {},
        "spec": {"resourceAttributes": dict(attributes)},
        "status": {"allowed": allowed},
    }


def _from_protobuf(body: bytes) -> dict[str, str]:
    """Review (field 2: spec) -> spec (1: attributes) -> strings."""
    found = message(message(payload(body), 2), 1)
    return {
        _ATTRIBUTES[number]: value.decode()
        for number, value in fields(found)
        if number in _ATTRIBUTES and isinstance(value, bytes) and value
    }

"""What the API server says about itself: version, groups and kinds."""

from collections.abc import Iterable
from typing import Any, Final

from include.rehearsal.kube.http.routes import SUBRESOURCE_VERBS
from include.rehearsal.kube.objects.resources import ALL_VERBS, RESOURCES, Resource

# Served besides the kinds of the store: kubectl asks it before `auth can-i`.
AUTHORIZATION: Final = "authorization.k8s.io"
REVIEWS: Final = {
    "name": "selfsubjectaccessreviews",
    "singularName": "selfsubjectaccessreview",
    "namespaced": False,
    "kind": "SelfSubjectAccessReview",
    "verbs": ["create"],
}
RBAC_VERBS: Final = {"POST": "create", "GET": "get", "PUT": "update", "PATCH": "patch"}
SUBRESOURCE_KINDS: Final = {
    "eviction": {"group": "policy", "version": "v1", "kind": "Eviction"},
    "scale": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
}


def version_document(version: str) -> dict[str, str]:
    """`/version` of a control plane; EKS writes the minor with a plus.

    Args:
        version: `1.26`, or a full git version such as `v1.26.15-eks-1234567`.
    """
    major, minor = version.removeprefix("v").split(".")[:2]
    full = version if version.startswith("v") else f"v{major}.{minor}.0-eks-rehearsal"
    return {
        "major": major,
        "minor": f"{minor}+",
        "gitVersion": full,
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "go1.24",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def document(path: str, address: str) -> dict[str, Any] | None:
    """The discovery document at a path, or None when there is none.

    Args:
        path: `/api`, `/apis`, `/api/v1`, `/apis/<group>` or `/apis/<group>/<version>`.
        address: host and port of this server.
    """
    parts = path.strip("/").split("/")
    if parts == ["api"]:
        addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
        return {
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": addresses,
        }
    if parts == ["api", "v1"]:
        return _resources("v1", "")
    if parts == ["apis"]:
        groups = [_group(name) for name in _group_names()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    if parts[0] != "apis" or parts[1] not in _group_names():
        return None
    if len(parts) == 2:
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1])}
    known = len(parts) == 3 and parts[2] in _versions(parts[1])
    return _resources(f"{parts[1]}/{parts[2]}", parts[1]) if known else None


def _group_names() -> list[str]:
    return [*dict.fromkeys(each.group for each in RESOURCES.values() if each.group), AUTHORIZATION]


def _versions(group: str) -> tuple[str, ...]:
    """The versions of a group that a real server lists, the preferred one first.

    Only that one is served here; kubectl asks for it.
    """
    return ("v2", "v1") if group == "autoscaling" else ("v1",)


def _group(name: str) -> dict[str, Any]:
    versions = [{"groupVersion": f"{name}/{one}", "version": one} for one in _versions(name)]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _resources(group_version: str, group: str) -> dict[str, Any]:
    entries = [
        entry
        for resource in sorted(RESOURCES.values(), key=lambda each: each.plural)
        if resource.group == group
        for entry in _entries(resource)
    ]
    if group == AUTHORIZATION:
        entries = [REVIEWS]
    head = {"kind": "APIResourceList"} | ({"apiVersion": "v1"} if group else {})
    return {**head, "groupVersion": group_version, "resources": entries}


def _entries(resource: Resource) -> Iterable[dict[str, Any]]:
    verbs = [
        each for each in ALL_VERBS if resource.collection_deletable or "collection" not in each
    ]
    entry: dict[str, Any] = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": verbs,
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    yield entry
    for name in resource.subresources:
        verbs = sorted(RBAC_VERBS[method] for method in SUBRESOURCE_VERBS[name])
        yield {
            "name": f"{resource.plural}/{name}",
            "singularName": "",
            "namespaced": resource.namespaced,
            **SUBRESOURCE_KINDS.get(name, {"kind": resource.kind}),
            "verbs": verbs,
        }

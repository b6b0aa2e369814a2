"""Access entries and tags: the little of them an upgrade meets."""

from typing import Any

from include.rehearsal.aws import errors
from include.rehearsal.aws.eks.state import EksRegion, new_id, now, page


def create(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """CreateAccessEntry."""
    state, principal = region.cluster(request["clusterName"]), request["principalArn"]
    if principal in state.access_entries:
        raise errors.in_use("The specified access entry resource is already in use on this cluster")
    state.access_entries[principal] = {
        "clusterName": state.name,
        "principalArn": principal,
        "kubernetesGroups": request.get("kubernetesGroups") or [],
        "accessEntryArn": region.arn("access-entry", state.name, new_id()),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": request.get("tags") or {},
        "username": request.get("username") or principal,
        "type": request.get("type") or "STANDARD",
    }
    return {"accessEntry": state.access_entries[principal]}


def describe(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeAccessEntry."""
    found = region.cluster(request["clusterName"]).access_entries.get(request["principalArn"])
    if found is None:
        raise errors.not_found(
            "The specified principalArn could not be found. You can view your available access "
            "entries with 'list-access-entries'."
        )
    return {"accessEntry": found}


def list_entries(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListAccessEntries."""
    entries = region.cluster(request["clusterName"]).access_entries
    return page(sorted(entries), request, "accessEntries")


def _tags_of(region: EksRegion, arn: str) -> dict[str, str]:
    for state in region.clusters.values():
        owners = [(state.raw["arn"], state.raw)]
        owners += [(g.raw["nodegroupArn"], g.raw) for g in state.groups.values()]
        owners += [(a["addonArn"], a) for a in state.addons.values()]
        owners += [(e["accessEntryArn"], e) for e in state.access_entries.values()]
        for known, raw in owners:
            if known == arn:
                tags: dict[str, str] = raw["tags"]
                return tags
    raise errors.not_found(f"No resource found for ARN: {arn}")


def tag(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """TagResource: clusters, node groups, add-ons, access entries."""
    _tags_of(region, request["resourceArn"]).update(request["tags"])
    return {}


def untag(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """UntagResource."""
    tags = _tags_of(region, request["resourceArn"])
    for key in request["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"tags": _tags_of(region, request["resourceArn"])}

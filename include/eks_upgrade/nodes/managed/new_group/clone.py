"""What is copied from an old node group to its replacement, as plain data.

`snapshot` picks what DescribeNodegroup shows and CreateNodegroup takes; `create_request` makes
the keyword arguments of `create_nodegroup` from it. Which field may be sent beside a launch
template or a custom image: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

from collections.abc import Mapping
from typing import Any

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.ami_type import ami_type_for
from include.eks_upgrade.nodes.managed.marks import REPLACES, unmarked

_COPIED = (
    "nodeRole",
    "subnets",
    "scalingConfig",
    "instanceTypes",
    "diskSize",
    "remoteAccess",
    "amiType",
    "capacityType",
    "labels",
    "taints",
    "tags",
    "updateConfig",
    "nodeRepairConfig",
    "warmPoolConfig",
    "launchTemplate",
    "version",
    "releaseVersion",
)

_CLONED_ALWAYS = ("nodeRole", "subnets", "capacityType", "updateConfig", "nodeRepairConfig")
_CLONED_IF_ANY = ("labels", "taints", "instanceTypes")
_REFUSED_BESIDE_A_TEMPLATE = ("diskSize", "remoteAccess")

MAX_TAGS = 50
"""Tags of one resource: https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html"""


def snapshot(group: Raw) -> dict[str, Any]:
    """The JSON-safe part of `describe_nodegroup()["nodegroup"]` that a clone is made from.

    Keys are DescribeNodegroup's own, plus `name`; AWS's own tags (`aws:`) are left out, because
    CreateNodegroup refuses them.
    """
    group = unmarked(group)  # a group that was fenced before is cloned as it was
    kept: dict[str, Any] = {"name": group["nodegroupName"]}
    kept |= {key: group[key] for key in _COPIED if group.get(key) is not None}
    kept["tags"] = {
        key: value
        for key, value in (group.get("tags") or {}).items()
        if not key.lower().startswith("aws:")
    }
    return kept


def with_family(kept: Raw, family: str) -> dict[str, Any]:
    """A snapshot whose amiType is that of `family`; unchanged for a custom image.

    Raises:
        Refused: EKS has no such amiType.
    """
    if kept.get("amiType", "CUSTOM") == "CUSTOM":
        return dict(kept)
    changed = ami_type_for(kept["amiType"], family)
    if isinstance(changed, Problem):
        raise Refused(f"node group {kept['name']} cannot change its family", [changed])
    return {**kept, "amiType": changed}


def wanted_nodes(kept: Raw, asg: Raw | None, *, extra_nodes: int = 0) -> int:
    """How many nodes the new group starts with: the live desired size, plus `extra_nodes`.

    An autoscaler changes the Auto Scaling group, and DescribeNodegroup may lag behind it. While
    the old group is fenced or going, its live size says nothing any more, so the caller asks
    before.
    """
    live = asg["DesiredCapacity"] if asg else kept["scalingConfig"]["desiredSize"]
    return int(live) + extra_nodes


def _scaling(old: Mapping[str, int], desired: int) -> dict[str, int]:
    """Sizes of the new group: the old bounds, widened only as far as `desired` needs."""
    return {
        "minSize": min(int(old.get("minSize", 0)), desired),
        "maxSize": max(int(old.get("maxSize", 1)), desired, 1),
        "desiredSize": desired,
    }


def new_tags(kept: Raw) -> dict[str, str]:
    """The old group's tags, and ours: an older one of ours, of an earlier upgrade, is replaced."""
    return {**(kept.get("tags") or {}), REPLACES: kept["name"]}


def tag_problem(kept: Raw) -> Problem | None:
    """Why our tag has no place beside those of the old group; None when it has."""
    count = len(new_tags(kept))
    if count <= MAX_TAGS:
        return None
    return Problem(
        subject=f"node group {kept['name']}",
        what=f"its replacement would carry its tags and {REPLACES}, {count} in all, and AWS allows "
        f"{MAX_TAGS}",
        remedy="take a tag off it that it can do without, then run again",
    )


def create_request(
    kept: Raw,
    replacement: str,
    *,
    template: Raw | None,
    desired: int,
    token: str,
    to_version: str = "",
) -> dict[str, Any]:
    """Keyword arguments of `create_nodegroup` (all but clusterName) for the new group.

    Args:
        kept: what `snapshot` returned for the old group.
        replacement: the new group's name.
        template: `{"id", "version"}` of the launch template to use, which then holds the custom
            image; None: the old group's own template and version, if it has one.
        desired: number of nodes, from `wanted_nodes`.
        to_version: the Kubernetes minor to ask for (`1.26`); empty: the cluster's, as EKS then
            sees it, which for minutes after an update may be the old one. A custom image has its
            own, and EKS takes no version beside it.
        token: clientRequestToken, 33 to 64 characters. EKS answers one that it has seen with
            what it answered then, so a new wish needs a new one.
    """
    request: dict[str, Any] = {"nodegroupName": replacement, "clientRequestToken": token}
    request |= {key: kept[key] for key in _CLONED_ALWAYS if key in kept}
    request |= {key: kept[key] for key in _CLONED_IF_ANY if kept.get(key)}
    request["tags"] = new_tags(kept)
    request["scalingConfig"] = _scaling(kept["scalingConfig"], desired)
    used = template or kept.get("launchTemplate")
    if used:
        # Id or name, never both; the id survives a renamed template.
        key = "id" if used.get("id") else "name"
        request["launchTemplate"] = {key: used[key], "version": str(used["version"])}
    else:
        request |= {key: kept[key] for key in _REFUSED_BESIDE_A_TEMPLATE if kept.get(key)}
    custom = template is not None or kept.get("amiType") == "CUSTOM"
    if not custom:
        request |= {"version": to_version} if to_version else {}
        request |= {key: kept[key] for key in ("amiType", "warmPoolConfig") if kept.get(key)}
    return request

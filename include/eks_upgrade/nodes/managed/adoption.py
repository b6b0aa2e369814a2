"""Whether a node group that stands under the new name is the clone this run would make. Pure."""

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw


def not_a_clone(present: Raw, request: Raw) -> Problem | None:
    """Why the group of that name is not the clone this run would have made.

    Args:
        present: raw DescribeNodegroup of the group that stands.
        request: what `clone.create_request` returned.
    """
    different = [
        key
        for key in ("nodeRole", "capacityType", "instanceTypes")
        if key in request and key in present and present[key] != request[key]
    ]
    wanted, used = request.get("launchTemplate") or {}, present.get("launchTemplate") or {}
    # Not the version: a later run may have found a newer image, and the group is good as it is.
    if bool(wanted) != bool(used) or any(
        key in used and used[key] != wanted[key] for key in ("id", "name") if key in wanted
    ):
        different.append("launchTemplate")
    if not different:
        return None
    return Problem(
        subject=f"node group {request['nodegroupName']}",
        what=f"it exists and is not what this run would make: {', '.join(different)} differ",
        remedy="delete it by hand if it is of no use, or leave the old group out of node_groups",
    )

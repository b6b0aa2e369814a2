"""Whether a node group that stands under the new name is the clone this run would make. Pure."""

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.managed.marks import REPLACES


def not_a_clone(present: Raw, request: Raw) -> Problem | None:
    """Why the group of that name is not the clone this run would have made.

    Args:
        present: raw DescribeNodegroup of the group that stands.
        request: what `clone.create_request` returned.
    """
    name, old = request["nodegroupName"], request["tags"][REPLACES]
    tagged = (present.get("tags") or {}).get(REPLACES)
    if tagged != old:
        return _not_ours(name, old, tagged)
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
        subject=f"node group {name}",
        what=f"it exists and is not what this run would make: {', '.join(different)} differ",
        remedy="delete it by hand if it is of no use, or leave the old group out of node_groups",
    )


def _not_ours(name: str, old: str, tagged: str | None) -> Problem:
    found = f"it has {REPLACES}={tagged} instead" if tagged else "it has no such tag"
    return Problem(
        subject=f"node group {name}",
        what=f"it exists, and the tag {REPLACES}={old} that this project puts on each group it "
        f"makes does not say that it was made to replace {old}: {found}",
        remedy=f"delete it by hand if it is of no use, or leave {old} out of node_groups; if an "
        f"earlier release of this project made it to replace {old}, put that tag on it",
    )

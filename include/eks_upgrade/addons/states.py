"""Add-ons in a state in which EKS updates nothing. Pure.

EKS answers UpdateAddon of one in CREATE_FAILED with InvalidParameterException, for ever; DEGRADED
and UPDATE_FAILED are updated as usual, and are often cured by it. That DELETE_FAILED is like
CREATE_FAILED is assumed (docs/assumptions.md).
"""

from include.eks_upgrade.aws.facts import health_text
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw

ONLY_MADE_ANEW = frozenset({"CREATE_FAILED", "DELETE_FAILED"})
"""Statuses that only DeleteAddon, and then CreateAddon, ends."""


def only_made_anew(name: str, addon: Raw, version: str = "") -> Problem | None:
    """Why EKS does not update a raw add-on, and what cures it; None where it does.

    Args:
        name: of the add-on.
        addon: raw DescribeAddon.
        version: the version to create it with; empty: nobody says which.
    """
    status = addon.get("status")
    if status not in ONLY_MADE_ANEW:
        return None
    health = health_text(addon)
    what = f"its status is {status}" + (f" ({health})" if health else "")
    delete = f"aws eks delete-addon --preserve --addon-name {name}"
    create = f"aws eks create-addon --addon-name {name}"
    create += f" --addon-version {version}" if version else ""
    return Problem(
        subject=f"add-on {name!r}",
        what=f"{what}, in which EKS updates nothing",
        # Without --preserve its pods would go, and with vpc-cni the network of the nodes.
        remedy=f"remove the cause, then make it anew (each with --cluster-name): {delete}, and when"
        f" it is gone, if you want it back: {create}",
    )

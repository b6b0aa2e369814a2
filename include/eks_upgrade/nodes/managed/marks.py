"""The marks that the fence leaves, so that a release lifts ours and nothing else.

On each node that we cordoned: the annotation `eks-upgrade/cordoned-by`, written in the same patch
as the cordon (`kube.node_marks`), and likewise `eks-upgrade/excluded-by` with the label that takes
it out of load balancers. On the node group: the taint `eks-upgrade/replaced`, whose value
says what the cap was and what the maximum was before: `max-10-capped-2`; of a group that is kept
without nodes also what its other sizes were, and the version of its nodes:
`max-10-capped-2-min-1-size-2-at-1.25`. It is sent with the cap
in one UpdateNodegroupConfig, so that neither is ever there without the other, it survives every
node of the group, and it needs no right beyond the cap's own; a tag would need eks:TagResource
and a second call. A taint's value has at most 63 letters, digits, `-`, `_` and `.`:
https://docs.aws.amazon.com/eks/latest/APIReference/API_Taint.html

On the new node group: the tag `eks-upgrade/replaces`, which names the old one. A group of the new
name without it was made by somebody else, and is not taken for ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common.raw import Raw

KEY = "eks-upgrade/replaced"
EFFECT = "NO_SCHEDULE"
"""EKS's own word; a node shows it otherwise."""

NODE_EFFECT = "NoSchedule"

REPLACES = "eks-upgrade/replaces"
"""Key of the tag on a new node group; its value is the name of the group that it replaces."""

REBALANCE_TAG = "eks-upgrade/az-rebalance"
"""Key of the tag on the old Auto Scaling group: AZRebalance was suspended here (`rebalance.py`)."""

AZ_REBALANCE = "AZRebalance"
"""The process by which Auto Scaling evens out zones."""

_VALUE = re.compile(
    r"max-(?P<max>\d+)-capped-(?P<capped>\d+)"
    r"(?:-min-(?P<min>\d+)-size-(?P<size>\d+)(?:-at-(?P<version>[\d.]+))?)?"
)


@dataclass(frozen=True)
class Kept:
    """What a group was before its nodes were taken away.

    Attributes:
        minimum: its minSize.
        size: its desired size.
        version: Kubernetes minor of its nodes (`1.25`); empty: not known.
    """

    minimum: int
    size: int
    version: str = ""


@dataclass(frozen=True)
class Cap:
    """What the fence did to a group's maxSize: from `original` nodes to `capped`.

    `kept`: its other sizes, once the group is kept without nodes.
    """

    original: int
    capped: int
    kept: Kept | None = None


def taint(cap: Cap) -> dict[str, str]:
    """The mark of a group that is being replaced, as UpdateNodegroupConfig takes it."""
    value = f"max-{cap.original}-capped-{cap.capped}"
    if cap.kept:
        value += f"-min-{cap.kept.minimum}-size-{cap.kept.size}"
        value += f"-at-{cap.kept.version}" if cap.kept.version else ""
    return {"key": KEY, "value": value, "effect": EFFECT}


def mark_of(group: Raw) -> dict[str, str] | None:
    """Our taint on a raw node group, as it is there; None when the group is not marked."""
    ours = [t for t in group.get("taints") or () if (t["key"], t["effect"]) == (KEY, EFFECT)]
    return dict(ours[0]) if ours else None


def cap_of(mark: Mapping[str, str] | None) -> Cap | None:
    """What a mark says about sizes; None without one, or when it says nothing readable."""
    found = _VALUE.fullmatch((mark or {}).get("value") or "")
    if not found:
        return None
    kept = None
    if found["size"] is not None:
        kept = Kept(int(found["min"]), int(found["size"]), found["version"] or "")
    return Cap(int(found["max"]), int(found["capped"]), kept)


def is_at_zero(group: Raw) -> bool:
    """Whether our mark says that the nodes were taken away, and nobody has set sizes since."""
    cap, sizes = cap_of(mark_of(group)), group["scalingConfig"]
    kept = cap is not None and cap.kept is not None
    return kept and int(sizes["minSize"]) == int(sizes["desiredSize"]) == 0


def original_size(group: Raw) -> int:
    """The maxSize of a group without our cap; one that others set since counts as theirs."""
    present = int(group["scalingConfig"]["maxSize"])
    cap = cap_of(mark_of(group))
    return cap.original if cap and cap.capped == present else present


def unmarked(group: Raw) -> dict[str, Any]:
    """A raw node group as it was before the fence: what a clone is made from."""
    if mark_of(group) is None:
        return dict(group)
    taints = [t for t in group["taints"] if (t["key"], t["effect"]) != (KEY, EFFECT)]
    sizes = {**group["scalingConfig"], **sizes_before(group), "maxSize": original_size(group)}
    return {**group, "taints": taints, "scalingConfig": sizes}


def sizes_before(group: Raw) -> dict[str, int]:
    """`minSize` and `desiredSize` of a group whose nodes we took away; else nothing."""
    cap = cap_of(mark_of(group))
    if cap is None or cap.kept is None or not is_at_zero(group):
        return {}
    return {"minSize": cap.kept.minimum, "desiredSize": cap.kept.size}


def rests_for_us(asg: Raw | None) -> bool:
    """Whether our tag on an Auto Scaling group says that AZRebalance was suspended here."""
    return any(tag["Key"] == REBALANCE_TAG for tag in (asg or {}).get("Tags") or ())

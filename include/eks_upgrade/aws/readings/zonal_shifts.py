"""Zonal shifts of a cluster, as ARC tells them. Pure.

https://docs.aws.amazon.com/arc-zonal-shift/latest/api/API_GetManagedResource.html: only those in
progress are listed, those of people and practice runs apart from AWS's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.common.time.moments import moment_of

ZONAL_SHIFTS: Reading[Raw] = Reading(
    "zonal_shifts",
    "the zonal shifts of the cluster",
    ("arc-zonal-shift:GetManagedResource",),
)
"""`get_managed_resource()`; empty where ARC does not know the cluster. Asked only of a cluster that
takes part in zonal shifts."""

AUTOSHIFT = "ZONAL_AUTOSHIFT"
_NOT_APPLIED = "NOT_APPLIED"


@dataclass(frozen=True)
class ZonalShift:
    """One shift in progress.

    Attributes:
        zone: the id of the zone that it leads away from: `euw1-az1`.
        kind: `shiftType`; AWS's own are ZONAL_AUTOSHIFT whatever list they stand in.
        id, comment: empty for AWS's own.
        until: when it ends by itself; None where that is not told.
        in_effect: False while another shift has precedence.
    """

    zone: str
    kind: str
    id: str
    comment: str
    until: datetime | None
    in_effect: bool


def takes_part(cluster: Raw) -> bool:
    """Whether a raw cluster takes part in zonal shifts."""
    return bool((cluster.get("zonalShiftConfig") or {}).get("enabled"))


def shifts_of(resource: Raw) -> Iterator[ZonalShift]:
    """The shifts that GetManagedResource lists."""
    for one in resource.get("zonalShifts") or ():
        yield _shift(one, str(one.get("shiftType") or "ZONAL_SHIFT"))
    for one in resource.get("autoshifts") or ():
        yield _shift(one, AUTOSHIFT)


def _shift(raw: Raw, kind: str) -> ZonalShift:
    return ZonalShift(
        zone=str(raw.get("awayFrom") or "unknown"),
        kind=kind,
        id=str(raw.get("zonalShiftId") or ""),
        comment=str(raw.get("comment") or ""),
        until=moment_of(raw.get("expiryTime")),
        in_effect=raw.get("appliedStatus") != _NOT_APPLIED,
    )

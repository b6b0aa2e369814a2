"""What EKS offers in a region, from DescribeClusterVersions: minors and the ends of support."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor, read_minor

STANDARD = "STANDARD_SUPPORT"
UNSUPPORTED = "UNSUPPORTED"


@dataclass(frozen=True)
class Offer:
    """What EKS offers in one region.

    Attributes:
        newest: the newest minor in standard support; empty when that is not known.
        minors: those that it offers, the oldest first.
        standard_ends, extended_ends: the last days of support, by minor.
    """

    newest: str = ""
    minors: tuple[str, ...] = ()
    standard_ends: dict[str, date] = field(default_factory=dict)
    extended_ends: dict[str, date] = field(default_factory=dict)


def offer_of(rows: Iterable[Raw]) -> Offer:
    """What the rows of DescribeClusterVersions say; one that is no Kubernetes minor is passed by.

    EKS tells the status in two fields and two spellings (`versionStatus`: STANDARD_SUPPORT;
    `status`: STANDARD_SUPPORT or standard-support).
    """
    known = {minor: row for row in rows if (minor := read_minor(row.get("clusterVersion")))}
    status = {minor: _status(row) for minor, row in known.items()}
    standard = [minor for minor in known if status[minor] == STANDARD]
    return Offer(
        newest=str(max(standard)) if standard else "",
        minors=tuple(str(minor) for minor in sorted(known) if status[minor] != UNSUPPORTED),
        standard_ends=_days(known, "endOfStandardSupportDate"),
        extended_ends=_days(known, "endOfExtendedSupportDate"),
    )


def _status(row: Raw) -> str:
    return str(row.get("versionStatus") or row.get("status") or "").upper().replace("-", "_")


def _days(rows: dict[Minor, Raw], key: str) -> dict[str, date]:
    found = {str(minor): _day(row.get(key)) for minor, row in rows.items()}
    return {minor: day for minor, day in found.items() if day}


def _day(value: Any) -> date | None:
    """The day in UTC, as EKS tells it."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    return value if isinstance(value, date) else None

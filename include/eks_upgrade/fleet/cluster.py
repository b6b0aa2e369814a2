"""One cluster of a fleet, as discovery has found it."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class FleetCluster:
    """What is known of a cluster before its upgrade is thought of.

    Attributes:
        arn: names it among all; the same name may be in several accounts and regions.
        name: of the cluster.
        account: twelve digits.
        account_name: what the fleet file calls the account; of an organisation its own name.
        region: of the cluster.
        aws_conn_id: the Airflow connection by which it is reached.
        role_arn: a role that is assumed with it; empty: none.
        version: its Kubernetes minor, `1.33`.
        status: as EKS says it.
        tags: of the cluster.
        node_groups: how many managed ones it has.
        nodes: how many machines they want.
        nodes_version: the oldest minor among these groups, `1.32`; a run that stopped half-way
            leaves one behind. Empty: there is none, or it could not be read.
        support: EKS's `supportType` of its upgrade policy, STANDARD or EXTENDED; a cluster that is
            STANDARD is upgraded by EKS itself some time after standard support ends.
        standard_ends, extended_ends: the days on which the supports of its minor end, as EKS tells.
        update_minutes: how long its earlier upgrades have taken, where that is known.
        unreadable: why parts of it could not be read; empty when all could.
    """

    arn: str
    name: str
    account: str
    account_name: str
    region: str
    aws_conn_id: str = "aws_default"
    role_arn: str = ""
    version: str
    status: str = "ACTIVE"
    tags: dict[str, str] = field(default_factory=dict)
    node_groups: int = 0
    nodes: int = 0
    nodes_version: str = ""
    support: str = ""
    standard_ends: date | None = None
    extended_ends: date | None = None
    update_minutes: tuple[float, ...] = ()
    unreadable: str = ""

    @property
    def title(self) -> str:
        """What a person reads in a table and in the name of a task: `payments/eu-west-1/shop`."""
        return f"{self.account_name}/{self.region}/{self.name}"

    def as_json(self) -> dict[str, Any]:
        """Small JSON, for XCom."""
        raw = asdict(self)
        return {
            key: value.isoformat() if isinstance(value, date | datetime) else value
            for key, value in raw.items()
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "FleetCluster":
        """Read `as_json` back."""
        days = {
            key: date.fromisoformat(raw[key]) if raw.get(key) else None
            for key in ("standard_ends", "extended_ends")
        }
        return cls(**{**raw, **days, "update_minutes": tuple(raw.get("update_minutes", ()))})


@dataclass(frozen=True)
class BrokenPlace:
    """An account or region that could not be looked at; the others go on."""

    account_name: str
    region: str
    why: str


@dataclass(frozen=True)
class Found:
    """What discovery has brought.

    Attributes:
        clusters: of all accounts and regions.
        broken: where it could not look, and why.
        newest: the newest minor that EKS has in standard support, by region.
        offered: the minors that EKS offers, by region, the oldest first.
        standard_ends, extended_ends: the days on which the supports of a minor end, by minor, as
            EKS tells (DescribeClusterVersions): of minors too that no cluster here has yet.
    """

    clusters: tuple[FleetCluster, ...]
    broken: tuple[BrokenPlace, ...] = ()
    newest: dict[str, str] = field(default_factory=dict)
    offered: dict[str, tuple[str, ...]] = field(default_factory=dict)
    standard_ends: dict[str, date] = field(default_factory=dict)
    extended_ends: dict[str, date] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Small JSON, for XCom."""
        return {
            "clusters": [each.as_json() for each in self.clusters],
            "broken": [asdict(each) for each in self.broken],
            "newest": self.newest,
            "offered": {region: list(minors) for region, minors in self.offered.items()},
            "standard_ends": _days_as_json(self.standard_ends),
            "extended_ends": _days_as_json(self.extended_ends),
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Found":
        """Read `as_json` back."""
        return cls(
            clusters=tuple(FleetCluster.from_json(each) for each in raw["clusters"]),
            broken=tuple(BrokenPlace(**each) for each in raw["broken"]),
            newest=dict(raw["newest"]),
            offered={region: tuple(minors) for region, minors in raw["offered"].items()},
            standard_ends=_days_from_json(raw["standard_ends"]),
            extended_ends=_days_from_json(raw["extended_ends"]),
        )


def _days_as_json(days: dict[str, date]) -> dict[str, str]:
    return {minor: day.isoformat() for minor, day in days.items()}


def _days_from_json(raw: dict[str, str]) -> dict[str, date]:
    return {minor: date.fromisoformat(day) for minor, day in raw.items()}

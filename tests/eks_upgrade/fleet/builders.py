"""A cluster, a fleet file and what discovery found, each with only what a test is about."""

from datetime import UTC, date, datetime
from typing import Any

from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.file.model import FleetFile

OPENS = datetime(2026, 11, 28, 1, tzinfo=UTC)
"""Saturday 02:00 in Berlin, when the window of `fleet_file` opens; it closes at 06:00."""

STANDARD_ENDS = {
    "1.31": date(2025, 11, 26),
    "1.32": date(2026, 3, 23),
    "1.33": date(2026, 7, 29),
    "1.34": date(2026, 12, 2),
    "1.35": date(2027, 3, 27),
    "1.36": date(2027, 8, 2),
}
EXTENDED_ENDS = {minor: ends.replace(year=ends.year + 1) for minor, ends in STANDARD_ENDS.items()}


def cluster(name: str = "shop", **given: Any) -> FleetCluster:
    account = given.pop("account", "111111111111")
    region = given.pop("region", "eu-west-1")
    version = given.get("version", "1.34")
    made = {
        "arn": f"arn:aws:eks:{region}:{account}:cluster/{name}",
        "name": name,
        "account": account,
        "account_name": "payments",
        "region": region,
        "version": version,
        "node_groups": 1,
        "nodes": 3,
        "standard_ends": STANDARD_ENDS.get(version),
        "extended_ends": EXTENDED_ENDS.get(version),
        "support": "EXTENDED",
        "update_minutes": (40.0,),
    }
    return FleetCluster(**{**made, **given})


def found(*clusters: FleetCluster, **given: Any) -> Found:
    regions = {each.region for each in clusters} | {"eu-west-1"}
    offered = tuple(STANDARD_ENDS)
    made = {
        "newest": dict.fromkeys(regions, offered[-1]),
        "offered": dict.fromkeys(regions, offered),
        "standard_ends": STANDARD_ENDS,
        "extended_ends": EXTENDED_ENDS,
    }
    return Found(clusters, **{**made, **given})


def fleet_file(**given: Any) -> FleetFile:
    made: dict[str, Any] = {
        "accounts": [{"name": "payments", "regions": ["eu-west-1"]}],
        "target": {"version": "1.35"},
        "rings": [{"name": "all", "at_once": 10}],
        "windows": [
            {
                "name": "Saturday night",
                "start": "0 2 * * 6",
                "duration_minutes": 240,
                "zone": "Europe/Berlin",
            }
        ],
    }
    return FleetFile.model_validate({**made, **given})

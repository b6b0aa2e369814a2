"""What was found in all places, as one."""

from collections.abc import Iterable, Sequence
from datetime import date

from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.fleet.cluster import FleetCluster, Found


def merge(found: Sequence[Found]) -> Found:
    """All of it; a cluster to which two entries of the file lead is there once, as first found."""
    clusters: dict[str, FleetCluster] = {}
    for each in found:
        for cluster in each.clusters:
            clusters.setdefault(cluster.arn, cluster)
    return Found(
        clusters=tuple(clusters.values()),
        broken=tuple(dict.fromkeys(place for each in found for place in each.broken)),
        newest=_newest(each.newest for each in found),
        offered=_offered(each.offered for each in found),
        standard_ends=_days(each.standard_ends for each in found),
        extended_ends=_days(each.extended_ends for each in found),
    )


def _newest(by_region: Iterable[dict[str, str]]) -> dict[str, str]:
    """The newest minor of each region, by whoever knows it."""
    found: dict[str, str] = {}
    for each in by_region:
        for region, minor in each.items():
            found[region] = max(found.get(region, minor), minor, key=Minor.parse)
    return found


def _days(by_minor: Iterable[dict[str, date]]) -> dict[str, date]:
    """By minor; where regions should differ, the day that comes first is to be kept in mind."""
    found: dict[str, date] = {}
    for each in by_minor:
        for minor, day in each.items():
            found[minor] = min(found.get(minor, day), day)
    return found


def _offered(by_region: Iterable[dict[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for each in by_region:
        for region, minors in each.items():
            found.setdefault(region, set()).update(minors)
    return {region: tuple(sorted(minors, key=Minor.parse)) for region, minors in found.items()}

"""What waiting with a cluster's upgrade costs, by the prices of `control_plane/prices.py`."""

from datetime import UTC, datetime, time

from include.eks_upgrade.control_plane.prices import Price, price_in
from include.eks_upgrade.fleet.cluster import FleetCluster


def price_of(cluster: FleetCluster) -> Price | None:
    """The price of the cluster's partition; None: it is not known here."""
    return price_in(cluster.arn)


def extra_per_hour(cluster: FleetCluster, moment: datetime) -> float | None:
    """US dollars that an hour costs more because of extended support; None: not known."""
    price = price_of(cluster)
    if price is None or cluster.standard_ends is None:
        return None
    return price.extended - price.standard if moment >= _ends(cluster) else 0.0


def waiting_costs(cluster: FleetCluster, begin: datetime, until: datetime | None) -> float:
    """US dollars of extended support between two moments; 0 where nothing is known.

    The day that EKS names as the end of standard support is counted as paid for from its first
    minute in UTC.
    """
    price = price_of(cluster)
    if price is None or cluster.standard_ends is None or until is None:
        return 0.0
    paid = max(0.0, (until - max(begin, _ends(cluster))).total_seconds() / 3600)
    return round(paid * (price.extended - price.standard), 2)


def _ends(cluster: FleetCluster) -> datetime:
    assert cluster.standard_ends is not None  # noqa: S101 asked by the callers
    return datetime.combine(cluster.standard_ends, time(), UTC)

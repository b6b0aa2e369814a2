"""What a cluster costs by the hour, and what waiting with its upgrade costs.

The bill follows the version and the calendar, not the support policy: a cluster whose policy is
STANDARD pays for extended support as well until EKS has upgraded it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from include.eks_upgrade.fleet.cluster import FleetCluster


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for one cluster and hour, and where that is written.

    Attributes:
        standard: while its minor is in standard support.
        extended: in extended support, all in all.
        since: from when on it has been so.
        checked: when somebody last read it there.
        source: the page.
    """

    standard: float
    extended: float
    since: str
    checked: str
    source: str


PRICES = {
    "aws": Price(
        standard=0.10,
        extended=0.60,
        since="2024-04-01",
        checked="2026-11-25",
        source="https://aws.amazon.com/blogs/containers/"
        "amazon-eks-extended-support-for-kubernetes-versions-pricing",
    ),
}
"""By partition. China has prices of its own, in yuan, and those of GovCloud and of other partitions
were not found in a document of AWS: there the dollars are unknown and count as none."""


def price_of(cluster: FleetCluster) -> Price | None:
    """The price of the cluster's partition; None: it is not known here."""
    return PRICES.get(cluster.arn.partition(":")[2].partition(":")[0])


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

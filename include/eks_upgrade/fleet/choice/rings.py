"""Which ring a cluster is in: the first that means it.

A percentage is decided by the cluster alone: its ARN has one number between 0 and 1 (`place_of`),
the same for ever, and a ring of 10 % takes the numbers below 0.1. The next ring with a percentage
takes its share of what is left above, and so on. So a cluster that comes or goes moves no other,
and a percentage that is raised only adds to its ring.

The price: 10 % of 20 clusters are 2 on average, not each time. A ring that would get none takes the
cluster with the lowest number, as a canary that is empty proves nothing; that one cluster gives its
place back when another comes that is below the percentage, or below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from include.eks_upgrade.fleet.choice.selection import means
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile, Ring


def rings_of(file: FleetFile, clusters: Iterable[FleetCluster]) -> dict[str, str]:
    """The ring of each cluster by its ARN; clusters that no ring means are not among them."""
    left = {each.arn: _Left(each, place_of(each.arn)) for each in clusters}
    found: dict[str, str] = {}
    for ring in file.rings:
        taken = _taken(ring, left)
        found |= dict.fromkeys(taken, ring.name)
        left = {arn: each for arn, each in left.items() if arn not in taken}
    return found


def place_of(arn: str) -> float:
    """A number from 0 up to 1 that belongs to the ARN; any two machines find the same."""
    return int.from_bytes(sha256(arn.encode()).digest()[:6]) / 2**48


@dataclass
class _Left:
    """A cluster that no ring has taken yet. `low`: numbers below it are taken by percentages."""

    cluster: FleetCluster
    place: float
    low: float = 0.0


def _taken(ring: Ring, left: Mapping[str, _Left]) -> Sequence[str]:
    meant = {arn: each for arn, each in left.items() if means(ring.clusters, each.cluster)}
    if ring.percent is None or not meant:
        return list(meant)
    taken = []
    for arn, each in meant.items():
        below = each.low + (1 - each.low) * ring.percent / 100
        if each.place < below:
            taken.append(arn)
        else:
            each.low = below
    return taken or [min(meant, key=lambda arn: (meant[arn].place, arn))]

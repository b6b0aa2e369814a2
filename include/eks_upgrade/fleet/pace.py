"""When each cluster's turn is expected: rings one after the other, so many clusters at once.

That is what the table promises, not a rule of who may begin: whoever is quicker than expected makes
room, and each start is decided anew.
"""

import heapq
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from include.eks_upgrade.fleet.file.model import Ring
from include.eks_upgrade.fleet.in_time import runs_that_fit, too_late
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, RingPlan
from include.eks_upgrade.fleet.windows.words import hour_words


def paced(rings: Sequence[RingPlan], file_rings: Sequence[Ring], begin: datetime) -> list[RingPlan]:
    """The rings with the moments at which their clusters' turns are expected."""
    found, ring_begins = [], begin
    for ring, written in zip(rings, file_rings, strict=True):
        clusters, ended = _turns(ring, ring_begins)
        found.append(replace(ring, clusters=tuple(clusters)))
        if ring.runs:
            ring_begins = ended + timedelta(minutes=written.bake_minutes)
    return found


def _turns(ring: RingPlan, begin: datetime) -> tuple[list[ClusterPlan], datetime]:
    free = [begin] * ring.at_once
    clusters, ended = [], begin
    for cluster in ring.clusters:
        if cluster.action is not Action.RUN or cluster.expected is None:
            clusters.append(cluster)
            continue
        paced_cluster = _at(cluster, free[0])
        if paced_cluster.promised:
            minutes = [one.minutes for one in paced_cluster.each] or [cluster.expected.minutes]
            length = timedelta(minutes=sum(minutes))
            ended = max(ended, heapq.heapreplace(free, free[0] + length) + length)
        clusters.append(paced_cluster)
    return clusters, ended


def _at(cluster: ClusterPlan, begins: datetime) -> ClusterPlan:
    """The cluster with its turn at a moment, and the hops for which there is time from then on."""
    assert cluster.expected is not None  # noqa: S101 asked by the caller
    if too_late(cluster.expected, begins, cluster.must_end_by):
        zone = cluster.opening.zone if cluster.opening else "UTC"
        turn = f"its turn would come about {hour_words(begins, zone)}, too late to end in time"
        why = f"{cluster.why}; {turn}: only if those before it are quicker, else a later opening"
        return replace(cluster, begins=begins, promised=False, why=why)
    hops = cluster.hops[: runs_that_fit(cluster.each, begins, cluster.must_end_by)]
    return replace(cluster, begins=begins, hops=hops, to_version=hops[-1])

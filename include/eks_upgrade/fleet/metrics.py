"""What a fleet's run measures, under names that stay. Pure; docs/metrics.md says what each means.

Counts carry ring, account and region, and no cluster: a name for each of hundreds of clusters in
every counter is more than most backends like.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from include.eks_upgrade.fleet.judge_ring import BAD, ClusterResult, Outcome, RingVerdict
from include.eks_upgrade.fleet.plan import Action, FleetPlan


class Metric(StrEnum):
    """All names; Airflow puts its own prefix before them (`airflow.`)."""

    PLANNED = "eks_fleet.clusters.planned"
    UPGRADED = "eks_fleet.clusters.upgraded"
    FAILED = "eks_fleet.clusters.failed"
    SKIPPED = "eks_fleet.clusters.skipped"
    RING_HELD = "eks_fleet.ring.held"
    RING_BROKEN = "eks_fleet.ring.broken"
    RING_UNFINISHED = "eks_fleet.ring.unfinished"
    RING_HEALTHY = "eks_fleet.ring.healthy"
    RING_UNHEALTHY = "eks_fleet.ring.unhealthy"
    CLUSTER_MINUTES = "eks_fleet.cluster.minutes"


GAUGES = frozenset({Metric.RING_HEALTHY, Metric.RING_UNHEALTHY, Metric.CLUSTER_MINUTES})
"""The others are counters."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One value; `tags` are names and values."""

    metric: Metric
    value: float = 1
    tags: Mapping[str, str] = field(default_factory=dict)


def plan_samples(plan: FleetPlan) -> list[Sample]:
    """What is to be upgraded, and what is left out, by ring and place."""
    kinds = {Action.RUN: Metric.PLANNED, Action.SKIP: Metric.SKIPPED}
    return _counted(
        (kinds[each.action], each.ring, each.title)
        for each in plan.clusters
        if each.action in kinds
    )


def ring_samples(ring: str, results: Iterable[ClusterResult], verdict: RingVerdict) -> list[Sample]:
    """How a ring was judged, and what became of its clusters.

    Args:
        ring: its name.
        results: of its clusters.
        verdict: of the ring.
    """
    judged = Metric(f"eks_fleet.ring.{verdict.standing}")
    return [
        *_counted((kind, ring, each.title) for each in results if (kind := _kind(each.outcome))),
        Sample(metric=judged, tags={"ring": ring}),
        Sample(metric=Metric.RING_HEALTHY, value=verdict.healthy, tags={"ring": ring}),
        # Those that failed are among the unhealthy of a verdict's sentence, not of its number.
        Sample(
            metric=Metric.RING_UNHEALTHY,
            value=verdict.unhealthy + verdict.failed,
            tags={"ring": ring},
        ),
    ]


def minutes_sample(ring: str, title: str, minutes: float) -> Sample:
    """How long the upgrade of a cluster took, all its runs together."""
    tags = {"ring": ring, **_place(title), "cluster": title.rpartition("/")[2]}
    return Sample(metric=Metric.CLUSTER_MINUTES, value=round(minutes, 1), tags=tags)


def _kind(outcome: Outcome) -> Metric | None:
    if outcome is Outcome.HEALTHY:
        return Metric.UPGRADED
    if outcome in BAD:
        return Metric.FAILED
    return None if outcome is Outcome.NOTHING_TO_DO else Metric.SKIPPED


def _counted(rows: Iterable[tuple[Metric, str, str]]) -> list[Sample]:
    """One sample for each metric, ring and place."""
    count = Counter(
        (metric, tuple({"ring": ring, **_place(title)}.items())) for metric, ring, title in rows
    )
    return [
        Sample(metric=metric, value=number, tags=dict(tags))
        for (metric, tags), number in sorted(count.items())
    ]


def _place(title: str) -> dict[str, str]:
    """Account and region of `account/region/name`."""
    parts = title.rsplit("/", 2)
    return {"account": parts[0], "region": parts[1]} if len(parts) == 3 else {}

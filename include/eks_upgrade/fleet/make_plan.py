"""What the fleet does in one opening: every cluster once, with one sentence why. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.fleet.choice.rings import rings_of
from include.eks_upgrade.fleet.choice.selection import in_fleet
from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.decide_cluster import Occasion, decide_cluster, fits
from include.eks_upgrade.fleet.duration import Expect, expectation
from include.eks_upgrade.fleet.file.model import FleetFile, Ring
from include.eks_upgrade.fleet.file.share import rounded_down
from include.eks_upgrade.fleet.pace import paced
from include.eks_upgrade.fleet.plan import Action, ClusterPlan, FleetPlan, RingPlan

_ORDER = {Action.RUN: 0, Action.SKIP: 1, Action.DONE: 2}


def make_plan(  # noqa: PLR0913 what people may say of one opening, by keyword
    file: FleetFile,
    found: Found,
    moment: datetime,
    *,
    stopped: str = "",
    outside_windows: str = "",
    skipped: Mapping[str, str] | None = None,
    only: Collection[str] = (),
    begun: Collection[str] = (),
    expect: Expect = expectation,
) -> FleetPlan:
    """Decide what becomes of every cluster that was found. `Occasion` explains the arguments."""
    occasion = Occasion(
        moment=moment.astimezone(UTC),
        stopped=stopped,
        outside_windows=outside_windows,
        skipped=skipped or {},
        only=only,
        begun=begun,
        expect=expect,
    )
    clusters = list({each.arn: each for each in reversed(found.clusters)}.values())[::-1]
    ours = [each for each in clusters if in_fleet(file.clusters, each)]
    rings = rings_of(file, ours)
    plans = [decide_cluster(file, each, rings.get(each.arn, ""), found, occasion) for each in ours]
    planned = [
        _ring(ring, [each for each in plans if each.ring == ring.name]) for ring in file.rings
    ]
    strangers = [_stranger(each) for each in clusters if not in_fleet(file.clusters, each)]
    return FleetPlan(
        made_at=occasion.moment,
        closes=max((each.opening.end for each in plans if each.opening), default=None),
        rings=tuple(paced(planned, file.rings, occasion.moment)),
        outside=(*_ordered(each for each in plans if not each.ring), *strangers),
        stopped=stopped,
        next_opening=min((each.next_opening for each in plans if each.next_opening), default=None),
        broken=found.broken,
        notes=tuple(_notes(found, ours, occasion)),
    )


def _ring(ring: Ring, clusters: Sequence[ClusterPlan]) -> RingPlan:
    return RingPlan(
        name=ring.name,
        at_once=rounded_down(ring.at_once, len(clusters)),
        clusters=tuple(_ordered(clusters)),
    )


def _ordered(clusters: Iterable[ClusterPlan]) -> list[ClusterPlan]:
    """Runs first, the most urgent before the others; the title decides between equals."""
    return sorted(clusters, key=lambda each: (_ORDER[each.action], each.urgency, each.title))


def _stranger(cluster: FleetCluster) -> ClusterPlan:
    return ClusterPlan(
        arn=cluster.arn,
        title=cluster.title,
        ring="",
        action=Action.SKIP,
        why="not of the fleet: `clusters` of the fleet file does not mean it",
        from_version=cluster.version,
    )


def _notes(found: Found, ours: Sequence[FleetCluster], occasion: Occasion) -> Iterable[str]:
    seen = Counter(each.arn for each in found.clusters)
    twice = {each.arn: each.title for each in found.clusters if seen[each.arn] > 1}
    for arn, title in twice.items():
        times = f"{title} was found {seen[arn]} times and counts once"
        yield f"{times}: two entries of the fleet file lead to its account"
    for name, same in by_key((each.name, each.title) for each in ours).items():
        if len(same) > 1:
            yield f"{len(same)} clusters are called {name}: {first_few(same)}"
    for pattern in (*occasion.only, *occasion.skipped):
        if not any(fits(pattern, each) for each in ours):
            yield f"{pattern!r} means no cluster of the fleet"

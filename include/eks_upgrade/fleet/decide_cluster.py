"""What becomes of one cluster at one moment, before anybody has asked how many go at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.fleet.choice.overrides import parameters_of, refused_together
from include.eks_upgrade.fleet.choice.prices import waiting_costs
from include.eks_upgrade.fleet.choice.target import Way, way
from include.eks_upgrade.fleet.choice.urgency import urgency
from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.duration import Expect, expectation
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.hop_minutes import hop_minutes
from include.eks_upgrade.fleet.in_time import runs_that_fit, too_late
from include.eks_upgrade.fleet.plan import Action, ClusterPlan
from include.eks_upgrade.fleet.windows.when import When, when
from include.eks_upgrade.fleet.windows.words import moment_words


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """For which moment it is decided, and what people have said.

    Attributes:
        moment: in UTC.
        stopped: why the fleet is stopped; empty: it is not.
        outside_windows: why windows do not count this once; empty: they do. Freezes always count.
        skipped: by pattern of a cluster's name, title or ARN, why a person leaves it alone.
        only: patterns; when there are any, all other clusters are left alone.
        begun: ARNs of what the fleet has begun and not judged: a run of theirs may be under way.
        expect: how long a run takes.
    """

    moment: datetime
    stopped: str = ""
    outside_windows: str = ""
    skipped: Mapping[str, str] = field(default_factory=dict)
    only: Collection[str] = ()
    begun: Collection[str] = ()
    expect: Expect = expectation


def fits(pattern: str, cluster: FleetCluster) -> bool:
    """Whether a pattern is about the cluster: by its name, its title or its ARN."""
    names = (cluster.name, cluster.title, cluster.arn)
    return any(fnmatchcase(name, pattern.strip()) for name in names)


def decide_cluster(
    file: FleetFile, cluster: FleetCluster, ring: str, found: Found, occasion: Occasion
) -> ClusterPlan:
    """What becomes of the cluster, with one sentence why."""
    parameters = parameters_of(file, cluster, ring)
    seen = when(file, cluster, occasion.moment)
    target = _way(file, cluster, found, parameters, occasion)
    each = hop_minutes(cluster, target.hops, parameters, occasion.expect(cluster))
    presses = urgency(cluster, occasion.moment)
    plan = ClusterPlan(
        arn=cluster.arn,
        title=cluster.title,
        ring=ring,
        action=Action.DONE if target.done else Action.SKIP,
        why=target.why,
        from_version=cluster.version,
        to_version=target.wanted,
        wanted=target.wanted,
        expected=each[0],
        expected_hops=each,
        parameters=parameters,
        urgency=presses.key,
        urgent_because=presses.because,
        next_opening=seen.next_opening,
    )
    if not target.hops:
        return plan
    plan = replace(plan, waiting_costs=_costs(cluster, seen, occasion.moment))
    why_not = _why_not(cluster, ring, seen, occasion) or refused_together(parameters)
    return replace(plan, why=why_not) if why_not else _in_time(plan, target, seen, occasion)


def _way(
    file: FleetFile,
    cluster: FleetCluster,
    found: Found,
    parameters: Mapping[str, object],
    occasion: Occasion,
) -> Way:
    if cluster.unreadable:
        return Way(why=f"not all of it could be read: {unstopped(cluster.unreadable)}")
    if parameters.get("node_groups"):
        # Groups that nobody chose stay behind for ever; that is no run that stopped half-way.
        cluster = replace(cluster, nodes_version="")
    day = occasion.moment.astimezone(UTC).date()
    if cluster.status != "UPDATING" or cluster.arn not in occasion.begun:
        return way(file.target, cluster, found, day)
    # By a run of ours that nobody waits for any more, most likely: its start joins that run.
    found_way = way(file.target, replace(cluster, status="ACTIVE"), found, day)
    return replace(
        found_way, why=f"{found_way.why}; EKS is updating it now, for a run of the fleet"
    )


def _costs(cluster: FleetCluster, seen: When, moment: datetime) -> float:
    return waiting_costs(cluster, moment, seen.next_opening)


def _why_not(cluster: FleetCluster, ring: str, seen: When, occasion: Occasion) -> str:
    """What forbids its run now, other than that its time is too short; empty when nothing does."""
    if not ring:
        return "no ring of the fleet file means it"
    for pattern, why in occasion.skipped.items():
        if fits(pattern, cluster):
            return (
                f"a person has it skipped: {unstopped(why)}" if why else "a person has it skipped"
            )
    if occasion.only and not any(fits(pattern, cluster) for pattern in occasion.only):
        return "this run is for others only"
    if occasion.stopped:
        return occasion.stopped
    if occasion.outside_windows and not seen.frozen:
        return ""
    return seen.why_not


def _in_time(plan: ClusterPlan, target: Way, seen: When, occasion: Occasion) -> ClusterPlan:
    """As many minors as are expected to end in time."""
    assert plan.expected is not None  # noqa: S101 made a moment ago
    by = None if occasion.outside_windows else seen.must_end_by
    zone = seen.opening.zone if seen.opening else "UTC"
    late = too_late(plan.expected, occasion.moment, by, zone)
    opening = None if occasion.outside_windows else seen.opening
    if late:
        why = f"{late}; {_later(plan, seen)}"
        return replace(plan, why=why, opening=opening, must_end_by=by)
    hops = target.hops[: runs_that_fit(plan.expected_hops, occasion.moment, by)]
    why = target.why + _more(target, hops) + _let_through(seen, occasion)
    return replace(
        plan,
        action=Action.RUN,
        why=why,
        hops=hops,
        final_version=target.hops[-1],
        to_version=hops[-1],
        opening=opening,
        must_end_by=by,
    )


def _later(plan: ClusterPlan, seen: When) -> str:
    """When it goes on; what is longer than the whole opening never would by itself."""
    opening = seen.opening
    if opening and plan.expected:
        whole = (opening.cutoff - opening.start).total_seconds() / 60
        if plan.expected.minutes > whole:
            return (
                "that is longer than the whole opening: lengthen the window, or upgrade it by hand "
                "once, from which is learned how long it really takes"
            )
    zone = opening.zone if opening else "UTC"
    if seen.next_opening is None:
        return "no opening comes after this"
    return f"the next opening is {moment_words(seen.next_opening, zone)}"


def _more(target: Way, hops: tuple[str, ...]) -> str:
    left = target.hops[len(hops) :]
    return f"; {', '.join(left)} in a later opening, there is no time for more now" if left else ""


def _let_through(seen: When, occasion: Occasion) -> str:
    if occasion.outside_windows:
        return f"; windows do not count: {unstopped(occasion.outside_windows)}"
    return f"; a bypass lets it through: {unstopped(seen.bypass.reason)}" if seen.bypass else ""

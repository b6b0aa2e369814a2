"""Where a cluster is to go, and over which minors.

One minor a run, never down, never beyond what EKS offers in its region.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from include.eks_upgrade.common.versions import Minor, minors_between, read_minor
from include.eks_upgrade.fleet.choice.days import days_between, distance
from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.file.model import Target


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way of one cluster.

    Attributes:
        wanted: the minor at which it ends; empty when it cannot be said.
        hops: the minors of its runs, one after another; empty when there is none to make.
        why: one sentence, for every way.
        done: whether it is where it should be.
    """

    wanted: str = ""
    hops: tuple[str, ...] = ()
    why: str
    done: bool = False


_ASLEEP = {
    "CREATING": "EKS is creating it",
    "UPDATING": "EKS is updating it now",
    "DELETING": "EKS is deleting it",
    "PENDING": "EKS has not begun to create it",
    "FAILED": "EKS says that it has FAILED; look at it in the EKS console",
}


def way(target: Target, cluster: FleetCluster, found: Found, day: date) -> Way:
    """Where the cluster goes, over which minors, and why.

    Args:
        target: of the fleet file.
        cluster: as it was found.
        found: what EKS offers, by region, and its calendar.
        day: in UTC.
    """
    now = read_minor(cluster.version)
    if cluster.status != "ACTIVE":
        return Way(why=_ASLEEP.get(cluster.status) or f"EKS says it is {cluster.status or '?'}")
    if now is None:
        return Way(why=f"its version {cluster.version!r} is not understood")
    if target.days_before_extended_support is not None:
        return _by_days(target.days_before_extended_support, cluster, found, day)
    return _to(target, now, cluster, found)


def _to(target: Target, now: Minor, cluster: FleetCluster, found: Found) -> Way:
    goal, named = _goal(target, cluster, found)
    if goal is None:
        return Way(why=named)
    if goal.major != now.major:
        return Way(why=f"from {now} to {goal} is another major version")
    if now > goal:
        why = f"at {now}, newer than the target {named}; a cluster never goes down"
        return Way(wanted=str(now), why=why, done=True)
    if now == goal:
        return _at(now, cluster, f"already at {named}")
    return _over(now, goal, cluster, found, f"the target is {named}")


def _goal(target: Target, cluster: FleetCluster, found: Found) -> tuple[Minor | None, str]:
    """The minor that is wanted and how it is called; without one, why there is none."""
    if target.newest_minus is None:
        goal = read_minor(target.version)
        return goal, target.version if goal else f"the target {target.version!r} is not understood"
    newest = read_minor(found.newest.get(cluster.region))
    if newest is None:
        return None, f"which minor is the newest in {cluster.region} could not be read"
    if not target.newest_minus:
        return newest, f"{newest}, the newest in {cluster.region}"
    goal = Minor(newest.major, max(0, newest.number - target.newest_minus))
    return goal, f"{goal}, {target.newest_minus} behind the newest {newest}"


def _by_days(asked: int, cluster: FleetCluster, found: Found, day: date) -> Way:
    """One minor after the other until standard support is long enough.

    Where the calendar ends, the last minor is the end: a day that nobody knows moves no cluster.
    """
    now = Minor.parse(cluster.version)
    ends = cluster.standard_ends or found.standard_ends.get(str(now))
    if ends is None:
        return Way(why=f"when standard support of {now} ends could not be read")
    if days_between(day, ends) > asked:
        left = f"ends in {days_between(day, ends)} days, later than the {asked} asked for"
        return _at(now, cluster, f"standard support of {now} {left}")
    goal = now.next()
    while (ending := found.standard_ends.get(str(goal))) and days_between(day, ending) <= asked:
        if str(goal.next()) not in found.offered.get(cluster.region, ()):
            break
        goal = goal.next()
    verb = "ends" if ends >= day else "ended"
    return _over(
        now, goal, cluster, found, f"standard support of {now} {verb} {distance(day, ends)}"
    )


def _over(now: Minor, goal: Minor, cluster: FleetCluster, found: Found, why: str) -> Way:
    """All minors up to the goal, or up to where EKS ends."""
    offered = found.offered.get(cluster.region, ())
    if not offered:
        return Way(wanted=str(goal), why=f"what EKS offers in {cluster.region} could not be read")
    steps = list(_offered_steps(now, goal, offered))
    missing = "" if steps[-1:] == [str(goal)] else _missing(now, steps, cluster.region, offered)
    if not steps:
        return Way(wanted=str(goal), why=missing)
    if _nodes_behind(cluster):
        # By plan, on a way over several minors, or left half-way: the run's own plan tells which.
        why = f"{_half_way(cluster)}; {why}"
    return Way(wanted=str(goal), hops=tuple(steps), why="; ".join(filter(None, (why, missing))))


def _offered_steps(now: Minor, goal: Minor, offered: tuple[str, ...]) -> Iterator[str]:
    step = now
    for _ in range(minors_between(now, goal)):
        step = step.next()
        if str(step) not in offered:
            return
        yield str(step)


def _missing(now: Minor, steps: list[str], region: str, offered: tuple[str, ...]) -> str:
    last = Minor.parse(steps[-1]) if steps else now
    newest = max((minor for minor in map(read_minor, offered) if minor), default=last)
    beyond = f"; the newest there is {newest}" if last.next() > newest else ""
    return f"{last.next()} is not offered in {region}{beyond}"


def _at(now: Minor, cluster: FleetCluster, why: str) -> Way:
    """A cluster that has its minor; node groups that a run left behind are still to be done."""
    if _nodes_behind(cluster):
        return Way(wanted=str(now), hops=(str(now),), why=f"{_half_way(cluster)}; {why}")
    return Way(wanted=str(now), why=why, done=True)


def _nodes_behind(cluster: FleetCluster) -> bool:
    nodes, now = read_minor(cluster.nodes_version), read_minor(cluster.version)
    return bool(nodes and now and nodes < now)


def _half_way(cluster: FleetCluster) -> str:
    return f"node groups are still at {cluster.nodes_version}"

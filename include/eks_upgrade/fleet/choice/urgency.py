"""Which cluster goes first within its ring: what presses most.

1. What EKS would upgrade by itself, soon or at any moment, at a time of its own and in no window: a
   cluster whose policy is STANDARD near or past the end of standard support, and any cluster near
   or past the end of extended support. The one whose day comes first goes first.
2. What comes into extended support first, or has been in it the longest.
3. What costs most by the hour.
4. The name, so that the order is the same every time.
"""

from dataclasses import dataclass
from datetime import date, datetime

from include.eks_upgrade.fleet.choice.days import days_between, distance
from include.eks_upgrade.fleet.choice.prices import extra_per_hour
from include.eks_upgrade.fleet.cluster import FleetCluster

NEAR_DAYS = 30
"""EKS does not announce when after the end it upgrades; so many days before it a cluster goes
ahead of all others."""

UNKNOWN_DAYS = 99_999.0
"""Stands for a day that is not known: after all others. Infinity is not JSON."""


@dataclass(frozen=True)
class Urgency:
    """How much a cluster presses.

    Attributes:
        key: smaller goes first.
        because: for people; empty when nothing presses.
    """

    key: tuple[float, ...]
    because: str = ""


def urgency(cluster: FleetCluster, moment: datetime) -> Urgency:
    """How much the cluster presses at a moment."""
    day = moment.date()
    forced = _forced_on(cluster)
    days = (
        UNKNOWN_DAYS if cluster.standard_ends is None else days_between(day, cluster.standard_ends)
    )
    dollars = extra_per_hour(cluster, moment) or 0.0
    if forced and days_between(day, forced) <= NEAR_DAYS:
        key = (0.0, float(days_between(day, forced)), -dollars)
        return Urgency(key, _forced_because(cluster, day, forced))
    return Urgency((1.0, float(days), -dollars), _because(cluster, day, dollars))


def _forced_on(cluster: FleetCluster) -> date | None:
    """The day from which on EKS may upgrade the cluster by itself."""
    return cluster.standard_ends if cluster.support == "STANDARD" else cluster.extended_ends


def _forced_because(cluster: FleetCluster, day: date, forced: date) -> str:
    standard = cluster.support == "STANDARD"
    name = "standard" if standard else "extended"
    policy = " as its support policy is STANDARD" if standard else ""
    when = distance(day, forced)
    if forced > day:
        ends = f"{name} support of {cluster.version} ends {when}"
        return f"{ends}; from then on EKS upgrades it by itself{policy}"
    ended = (
        f"{name} support of {cluster.version} ended {when}"
        if forced < day
        else (f"{name} support of {cluster.version} ends today")
    )
    return f"{ended}; EKS upgrades it by itself at any moment{policy}"


def _because(cluster: FleetCluster, day: date, dollars: float) -> str:
    ends = cluster.standard_ends
    if ends is None:
        return ""
    if ends > day:
        near = days_between(day, ends) <= NEAR_DAYS
        return f"standard support of {cluster.version} ends {distance(day, ends)}" if near else ""
    costs = f", {dollars:.2f} US dollars an hour more" if dollars else ""
    return f"{cluster.version} is in extended support since {_since(day, ends)}{costs}"


def _since(day: date, ends: date) -> str:
    return "today" if ends == day else f"{ends.day} {ends:%b %Y}"

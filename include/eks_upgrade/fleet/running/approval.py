"""The question whether a ring may begin: its words. Pure."""

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.markdown import bullets, table, text
from include.eks_upgrade.fleet.plan import ClusterPlan, FleetPlan, RingPlan

BEGIN, NOT_NOW = "Begin", "Not now"
OPTIONS = (BEGIN, NOT_NOW)

MAX_LISTED = 50
"""Clusters in the table of a question; the rest are counted."""


def subject(ring: RingPlan) -> str:
    """The question in a line."""
    return f"Begin ring '{ring.name}'? {counted(len(ring.runs), 'cluster')} to upgrade"


def body(ring: RingPlan, plan: FleetPlan) -> str:
    """What would be done, as Markdown."""
    closes = f" Nothing begins after {plan.closes:%Y-%m-%d %H:%M} UTC." if plan.closes else ""
    parts = [
        f"{counted(ring.at_once, 'upgrade')} at a time.{closes} **{BEGIN}** lets them go; "
        f"**{NOT_NOW}**, or no answer until then, leaves this ring and the later ones alone, and "
        "the next window asks again. Each is decided anew before it begins.",
        table(("Cluster", "From", "To", "Minutes", "Why"), map(_row, ring.runs[:MAX_LISTED])),
    ]
    more = len(ring.runs) - MAX_LISTED
    if more > 0:
        parts.append(text(f"and {more} more: see the log of plan_window"))
    before = [f"ring {each.name}: {counted(len(each.runs), 'cluster')}" for each in plan.rings]
    return "\n\n".join([*parts, "All rings of this window:", bullets(before)])


def _row(cluster: ClusterPlan) -> tuple[str, ...]:
    minutes = f"{cluster.expected.minutes:.0f}" if cluster.expected else ""
    why = cluster.urgent_because or cluster.why
    return cluster.title, cluster.from_version, cluster.to_version, minutes, why

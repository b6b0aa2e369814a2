"""How long one run of `eks_upgrade` is expected to take: one function, which others can replace.

It errs to the long side: a run that begins and does not end in its window does harm, one that waits
for the next window does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.fleet.cluster import FleetCluster, Found
from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.planning.prediction import defaults as usual

Expect = Callable[[FleetCluster], Expectation]
"""What `make_plan` asks."""

MARGIN = 1.25
"""By so much a run may take longer than the middle of the earlier ones without surprise."""

CONTROL_PLANE_MINUTES = usual.CONTROL_PLANE.long
ADDON_MINUTES = usual.ADDONS_LONG
GROUP_MINUTES = usual.NODES_UP.long + usual.CHECK.long + usual.DELETION.long
NODE_MINUTES = usual.NODE_LONG
"""What the plan of one cluster foretells with as well, on its long side (`planning/prediction`).
Discovery sees no pods and no budgets, so of a drain it knows the number of nodes alone."""


def expectation(cluster: FleetCluster) -> Expectation:
    """How long the next run of the cluster is expected to take, and from what that is known."""
    earlier = tuple(minutes for minutes in cluster.update_minutes if minutes > 0)
    return _from_earlier(earlier) if earlier else _from_size(cluster)


LAST_RUNS = 5
"""Of earlier runs only so many count: clusters grow."""


def with_earlier_runs(found: Found, minutes: Mapping[str, Sequence[float]]) -> Found:
    """What was found, with how long earlier runs have taken.

    Args:
        found: by discovery, which cannot know it: EKS does not tell when an update ended.
        minutes: by the cluster's ARN, of runs that reached their end, the latest last.
    """

    def known(cluster: FleetCluster) -> FleetCluster:
        earlier = (*cluster.update_minutes, *minutes.get(cluster.arn, ()))
        return replace(cluster, update_minutes=earlier[-LAST_RUNS:])

    return replace(found, clusters=tuple(map(known, found.clusters)))


def _from_earlier(minutes: tuple[float, ...]) -> Expectation:
    middle = median(minutes)
    runs = counted(len(minutes), "earlier upgrade")
    took = f"took {middle:.0f} min" + (" in the middle" if len(minutes) > 1 else "")
    return Expectation(
        minutes=round(middle * MARGIN, 1), source=f"{runs} {took}, and a quarter more"
    )


def _from_size(cluster: FleetCluster) -> Expectation:
    """Groups and nodes one after the other, although two groups may be replaced side by side."""
    groups, nodes = cluster.node_groups, cluster.nodes
    minutes = CONTROL_PLANE_MINUTES + ADDON_MINUTES + groups * GROUP_MINUTES + nodes * NODE_MINUTES
    size = f"{counted(groups, 'node group')}, {counted(nodes, 'node')}"
    source = f"from its size: {size}; no earlier upgrade is known"
    return Expectation(minutes=minutes, source=source)

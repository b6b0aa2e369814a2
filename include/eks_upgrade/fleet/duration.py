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

Expect = Callable[[FleetCluster], Expectation]
"""What `make_plan` asks."""

MARGIN = 1.25
"""By so much a run may take longer than the middle of the earlier ones without surprise."""

CONTROL_PLANE_MINUTES = 15.0
"""Seen by others: 10 to 15 minutes; the plan before it included."""
ADDON_MINUTES = 10.0
"""All add-ons together, before and after the control plane."""
GROUP_MINUTES = 20.0
"""New nodes Ready, the check of its workloads, and the deletion of the old group."""
NODE_MINUTES = 2.0
"""The drain of one node. All nodes of a group are drained together, but budgets let pods go few at
a time; where EKS replaces a managed group node by node, others see 5."""


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

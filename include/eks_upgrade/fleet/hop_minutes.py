"""How long each run of a way over several minors is expected to take. Pure.

Nodes are replaced as seldom as the skew allows, by the rule that each run's own plan follows
(`planning/hops/rolls.py`). A run that leaves them where they are is short.
"""

from collections.abc import Mapping, Sequence

from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.duration import ADDON_MINUTES, CONTROL_PLANE_MINUTES
from include.eks_upgrade.fleet.plan import Expectation
from include.eks_upgrade.planning.hops.model import RollNodes, Standing
from include.eks_upgrade.planning.hops.rolls import minors_on_the_way, plan_rolls

STAY_MINUTES = CONTROL_PLANE_MINUTES + ADDON_MINUTES
"""Of a run that replaces no node."""


def hop_minutes(
    cluster: FleetCluster,
    hops: Sequence[str],
    parameters: Mapping[str, object],
    whole: Expectation,
) -> tuple[Expectation, ...]:
    """How long the run to each of these minors is expected to take; one at least.

    Args:
        cluster: as discovery has found it.
        hops: the minors of its whole way, one after another.
        parameters: of `eks_upgrade`; of them `roll_nodes` counts.
        whole: how long a run that replaces the nodes is expected to take.
    """
    rolls = _rolls(cluster, hops, parameters)
    stays = Expectation(
        minutes=min(whole.minutes, STAY_MINUTES), source="control plane and add-ons; its nodes stay"
    )
    found = tuple(whole if hop in rolls else stays for hop in hops)
    return found or (whole,)


def _rolls(
    cluster: FleetCluster, hops: Sequence[str], parameters: Mapping[str, object]
) -> frozenset[str]:
    """The hops at which nodes are replaced; all of them, where that cannot be known."""
    present, last = read_minor(cluster.version), read_minor(hops[-1]) if hops else None
    policy = parameters.get("roll_nodes") or RollNodes.WHEN_NEEDED
    if not present or not last or policy not in set(RollNodes):
        return frozenset(hops)
    standing = Standing(present=present, groups={str(one): one for one in _kubelets(cluster)})
    minors = {
        str(one)
        for many in plan_rolls(standing, last, RollNodes(str(policy))).values()
        for one in many
    }
    # What is brought up before the control plane moves belongs to the first run.
    return frozenset(minors | ({hops[0]} if cluster.version in minors else set()))


def _kubelets(cluster: FleetCluster) -> Sequence[Minor]:
    """The minors that its node groups may have: discovery tells the oldest alone."""
    present = Minor.parse(cluster.version)
    oldest = read_minor(cluster.nodes_version) or present
    between = minors_on_the_way(oldest, present)
    return between if cluster.node_groups > 1 else between[:1]

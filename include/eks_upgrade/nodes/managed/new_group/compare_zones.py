"""Looking whether a new group's nodes are in the zones of the old one's; see `zones.py`."""

from collections.abc import Sequence

from include.eks_upgrade.common.outcome import Done, Outcome
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.nodes.managed.new_group.readiness import new_group_outcome, usable_nodes
from include.eks_upgrade.nodes.managed.new_group.zones import (
    Needed,
    count_zones,
    needed_zones,
    zone_of,
    zone_outcome,
)


async def look_at_nodes(
    kube: KubeClient, group: Raw, *, wanted: int, to_version: str, old: str = ""
) -> Outcome:
    """Whether the new group is ready to take the pods of the old one, in each of its zones.

    Args:
        kube: the cluster's Kubernetes API.
        group: raw `describe_nodegroup()["nodegroup"]` of the new group.
        wanted: how many usable nodes are enough.
        to_version: Kubernetes minor its kubelets must run (`1.26`).
        old: name of the old group; empty: no zones are compared.
    """
    nodes = await kube.nodes(group["nodegroupName"])
    ready = new_group_outcome(group, nodes, wanted=wanted, to_version=to_version)
    if not isinstance(ready, Done) or not old:
        return ready
    spread = await _compare(kube, group, nodes, old)
    if not isinstance(spread, Done):
        return spread
    return Done("; ".join(filter(None, (ready.detail, spread.detail))), ready.data)


async def _compare(kube: KubeClient, group: Raw, nodes: Sequence[Node], old: str) -> Outcome:
    old_nodes = await kube.nodes(old)
    counts = count_zones(old_nodes, usable_nodes(nodes))
    return zone_outcome(
        counts,
        old=old,
        new=group["nodegroupName"],
        desired=int(group["scalingConfig"]["desiredSize"]),
        # Only then: it needs a list of all volumes.
        needed=await _read_needed(kube, old_nodes, counts.missing) if counts.missing else {},
    )


async def _read_needed(
    kube: KubeClient, old_nodes: Sequence[Node], missing: Sequence[str]
) -> Needed:
    zones = {volume.claim: volume.zones for volume in await kube.volumes() if volume.claim}
    mounted: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for node in old_nodes:
        if zone_of(node) in missing:
            found = mounted.setdefault(zone_of(node), [])
            for mounts in await kube.mounts(node.name):
                found += [(mounts.pod, zones[one]) for one in mounts.claims if one in zones]
    return needed_zones(missing, mounted)

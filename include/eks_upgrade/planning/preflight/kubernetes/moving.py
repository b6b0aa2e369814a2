"""The pods that are to move, and to how many nodes. Pure."""

from include.eks_upgrade.nodes.managed.new_group.clone import snapshot, wanted_nodes
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def moving_pods(seen: Seen) -> Surveyed | None:
    """The pods of the groups to be replaced; None where no group is.

    Raises:
        NotAsked: nobody asked for the pods.
        NotKnown: they could not be read.
    """
    return seen.surveyed if seen.rolled else None


def nodes_wanted(seen: Seen, group: str) -> int:
    """How many nodes the group that replaces an old one starts with, or has already."""
    new = seen.new_names[group]
    if new in seen.facts.node_groups:  # then the old group's size says nothing any more
        return wanted_nodes(snapshot(seen.facts.node_groups[new]), seen.facts.asgs.get(new))
    return wanted_nodes(
        snapshot(seen.facts.node_groups[group]),
        seen.facts.asgs.get(group),
        extra_nodes=seen.request.extra_nodes,
    )

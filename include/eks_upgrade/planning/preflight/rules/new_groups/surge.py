"""How much the new groups add while the old ones still stand. Pure."""

from collections.abc import Mapping

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.nodes.managed.new_group.clone import snapshot, wanted_nodes


def new_nodes(
    new_names: Mapping[str, str], facts: ClusterFacts, *, extra_nodes: int
) -> dict[str, int]:
    """By old group, how many nodes the new one starts with; none for a new one that stands."""
    return {
        name: wanted_nodes(
            snapshot(facts.node_groups[name]), facts.asgs.get(name), extra_nodes=extra_nodes
        )
        for name, new in new_names.items()
        if new not in facts.node_groups
    }


def largest(needs: Mapping[str, int], at_once: int) -> dict[str, int]:
    """The groups that need most, as many as are replaced at the same time."""
    ordered = sorted(needs, key=lambda name: (-needs[name], name))
    return {name: needs[name] for name in ordered[: max(at_once, 1)] if needs[name] > 0}


def listed(needs: Mapping[str, int]) -> str:
    """Groups and what each of them needs: `pool 16, web 8`."""
    return ", ".join(f"{name} {need}" for name, need in needs.items())

"""What the nodes cost that stand beside the old ones, for as long as both are there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.nodes.images.instance_types import instance_types
from include.eks_upgrade.planning.prediction.model import GroupPrediction


@dataclass(frozen=True)
class NodePrices:
    """US dollars for an hour of a node, by instance type.

    Attributes:
        known: on demand, Linux.
        source: where they come from.
        why_not: why the others are not known.
    """

    known: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    why_not: str = ""


AWS_PRICES = "AWS's price list (on demand, Linux)"

NOTHING_KNOWN = NodePrices(why_not="nobody asked")


def with_given(prices: NodePrices, given: Mapping[str, float]) -> NodePrices:
    """The prices, with those that a person gave (`dollars_per_hour`) before all others."""
    if not given:
        return prices
    sources = [one for one in ("dollars_per_hour", prices.source) if one]
    return NodePrices({**prices.known, **given}, " and ".join(sources), prices.why_not)


@dataclass(frozen=True)
class SurgeCost:
    """US dollars, or None with the reason in the note."""

    dollars: float | None
    note: str


def surge_cost(
    groups: Iterable[GroupPrediction], facts: ClusterFacts, prices: NodePrices
) -> SurgeCost:
    """The price of the hours that the groups foretell; the dearest type of a group counts.

    Never a guess: with one price missing, the whole is not known.
    """
    total, unknown, types = 0.0, dict[str, None](), dict[str, None]()
    for group in groups:
        if not group.nodes_made:
            continue
        its_types = types_of(group.name, facts)
        types |= dict.fromkeys(its_types)
        without = [one for one in its_types if one not in prices.known]
        unknown |= dict.fromkeys(without)
        if group.surge_hours is None:
            return SurgeCost(None, "what the surge costs is not known: a drain does not end")
        if not without:
            total += group.surge_hours * max(prices.known[one] for one in its_types)
    if not types:
        return SurgeCost(0.0, "")
    if unknown:
        missing = f"no price of an hour of {first_few(list(unknown))} ({prices.why_not})"
        return SurgeCost(
            None, f"what the surge costs is not known: {missing}; give it as dollars_per_hour"
        )
    return SurgeCost(round(total, 2), f"prices of nodes: {prices.source}; volumes not counted")


def types_of(group: str, facts: ClusterFacts) -> list[str]:
    """The instance types from which the nodes of a group are started."""
    templates = facts.surge.templates if facts.surge else {}
    return instance_types(facts.node_groups[group], templates.get(group))

"""What the drain would refuse with these options: its own filter, and its own words."""

from collections import Counter

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.drain.obstacles import grouped_problems
from include.eks_upgrade.planning.survey.findings import Findings
from include.eks_upgrade.planning.survey.surveyed import Surveyed

_ACTIONS = {
    "evict": "to be moved",
    "refuse": "that the drain would refuse to move",
    "leaving": "that are leaving already",
    "stay": "that go with their nodes",
}


def drain_refusals(surveyed: Surveyed) -> Findings:
    """Every refusal of every group's drain, by reason and kind of owner; and what will move."""
    results = [result for _, result in surveyed.filtered]
    return Findings(tuple(grouped_problems(results)), notes=(_note(surveyed),))


def _note(surveyed: Surveyed) -> str:
    counts = Counter(result.action for _, result in surveyed.filtered)
    told = [f"{counts[action]} {words}" for action, words in _ACTIONS.items() if counts[action]]
    nodes = counted(len(surveyed.targets), "old node")
    return f"pods on {nodes}: {', '.join(told) or 'none'}"

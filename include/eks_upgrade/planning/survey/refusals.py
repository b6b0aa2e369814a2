"""What the drain would refuse with these options: its own filter, and its own words."""

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.drain.obstacles import grouped_problems
from include.eks_upgrade.planning.survey.findings import Findings
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def drain_refusals(surveyed: Surveyed) -> Findings:
    """Every refusal of every group's drain, by reason and kind of owner; and what will move."""
    results = [result for _, result in surveyed.filtered]
    counts = {
        action: sum(result.action == action for result in results) for action in ("evict", "stay")
    }
    note = (
        f"pods: {counts['evict']} on {counted(len(surveyed.targets), 'old node')} are to be moved,"
        f" {counts['stay']} go with their nodes"
    )
    return Findings(tuple(grouped_problems(results)), notes=(note,))

"""Pods whose owners ask the autoscalers to leave them alone; they are moved all the same, last."""

from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.planning.survey.findings import Findings, capped_warnings
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def protected_pods(surveyed: Surveyed) -> Findings:
    """Pods with an annotation of Cluster Autoscaler or Karpenter that forbids a disruption."""
    found = by_key(
        (one.pod.protected_by, one)
        for one in surveyed.moving
        if one.pod.is_protected(surveyed.facts.read_at)
    )
    lines = [
        f"moved last, as {annotation} asks not to be disturbed:"
        f" {first_few(pod_groups(surveyed.named(pods)))} on {surveyed.places(pods)}"
        for annotation, pods in found.items()
    ]
    return Findings(warnings=capped_warnings(lines, "annotations"))

"""Pods whose owners ask the autoscalers to leave them alone; they are moved all the same, last."""

from collections.abc import Sequence

from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.survey.findings import Findings, Told, capped_warnings
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def protected_pods(surveyed: Surveyed) -> Findings:
    """Pods with an annotation of Cluster Autoscaler or Karpenter that forbids a disruption."""
    found = by_key(
        (one.pod.protected_by, one)
        for one in surveyed.moving
        if one.pod.is_protected(surveyed.facts.read_at)
    )
    lines = [_line(annotation, pods, surveyed) for annotation, pods in found.items()]
    return Findings(warnings=capped_warnings(lines, "annotations"))


def _line(annotation: str, pods: Sequence[SurveyedPod], surveyed: Surveyed) -> Told:
    named = first_few(pod_groups(surveyed.named(pods)))
    asks = f"moved last, as {annotation} asks not to be disturbed"
    return Told(named, f"{asks}: {named} on {surveyed.places(pods)}")

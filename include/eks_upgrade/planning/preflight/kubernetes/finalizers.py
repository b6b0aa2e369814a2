"""Pods whose objects stay until somebody has taken a finalizer from them. Pure."""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.counting import agreeing
from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed

ITS_OWN = frozenset({"batch.kubernetes.io/job-tracking", "foregroundDeletion", "orphan"})
"""Those of Kubernetes' own controllers, which are part of the control plane."""

OVERDUE_SECONDS = 300
"""A pod that should have been gone for as long is held by its finalizer."""


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each finalizer, with the pods that have it."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    held = by_key(
        (name, one)
        for one, result in surveyed.filtered
        if result.action != "stay"
        for name in one.pod.finalizers
        if name not in ITS_OWN
    )
    yield from capped_findings(
        (_finding(name, pods, surveyed) for name, pods in held.items()), "finalizers"
    )


def _finding(name: str, pods: Sequence[SurveyedPod], surveyed: Surveyed) -> Finding:
    stuck = [one for one in pods if _is_stuck(one, surveyed)]
    named = first_few(pod_groups(surveyed.named(stuck or pods)))
    if stuck:
        what = f"{named} {agreeing(len(stuck), 'has', 'have')} stopped long ago and cannot go"
        what += " because of it: the drain would wait for them"
        return Finding(Severity.WARNS, f"finalizer {name}", what, _remedy())
    what = (
        f"{named} {agreeing(len(pods), 'has', 'have')} it: when they have stopped, their nodes are"
        " not empty until its controller has taken it away"
    )
    return Finding(Severity.INFORMS, f"finalizer {name}", what, _remedy())


def _is_stuck(one: SurveyedPod, surveyed: Surveyed) -> bool:
    until = one.pod.stops_by
    return until is not None and surveyed.facts.read_at - until > OVERDUE_SECONDS


def _remedy() -> str:
    return (
        "see that the controller which takes it away runs; take it away by hand only if that"
        " controller is gone"
    )


CHECK = Check(
    "finalizers",
    "Does anything hold pods that have stopped?",
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",
    judge,
)

"""Pods that may take longer to stop than their drain may last, and what holds their objects. Pure.

The grace period has the time of a preStop hook in it.
"""

from collections.abc import Iterator

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each workload whose pods may outlast the drain."""
    surveyed = moving_pods(seen)
    if surveyed is not None:
        yield from capped_findings(_found(surveyed), "workloads")


def _found(surveyed: Surveyed) -> Iterator[Finding]:
    limit = surveyed.options.timeout_minutes * 60
    slow = by_key(
        (one.pod.family or f"pod {one.pod}", one)
        for one in surveyed.moving
        if not one.pod.finished and grace_seconds(one, surveyed) > limit
    )
    for name, pods in slow.items():
        longest = max(pods, key=lambda one: grace_seconds(one, surveyed))
        yield _finding(name, longest, surveyed)


def grace_seconds(one: SurveyedPod, surveyed: Surveyed) -> float:
    """How long a pod may take to stop, by the option or by its own spec."""
    given = surveyed.options.grace_period_seconds
    return one.pod.grace_seconds if given is None else given


def _finding(name: str, one: SurveyedPod, surveyed: Surveyed) -> Finding:
    grace, minutes = grace_seconds(one, surveyed), surveyed.options.timeout_minutes
    limit = f"the drain's limit of {minutes:g} min (drain_timeout_minutes)"
    certain = min(one.needs.sleeps, grace) > minutes * 60
    hook = ""
    if certain:
        hook = f", and its preStop hook waits {one.needs.sleeps:g} s for sure"
    elif one.needs.pre_stop:
        hook = ", in which its preStop hook runs, too"
    what = (
        f"its pods may take {grace:g} s to stop (terminationGracePeriodSeconds){hook}: longer than"
        f" {limit}"
    )
    remedy = (
        "raise drain_timeout_minutes, or shorten the time with pod_grace_period_seconds or in the"
        " pod template"
    )
    return Finding(Severity.BLOCKS if certain else Severity.WARNS, name, what, remedy)


CHECK = Check(
    "slow_to_stop",
    "Can every pod stop within the drain's time limit?",
    "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
    judge,
)

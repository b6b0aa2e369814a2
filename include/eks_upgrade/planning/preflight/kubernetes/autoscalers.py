"""Workloads that need every pod they have, and want more, while the drain takes some. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.kube.readings.autoscalers import AUTOSCALERS, Autoscaler
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.seen import Seen


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each autoscaler at its maximum whose workload has pods that move."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    moving = {one.pod.family for one in surveyed.moving}
    full = (
        _finding(one)
        for one in seen.of(AUTOSCALERS)
        if one.target in moving and one.current >= one.most > 0 and (one.wants_more or one.above)
    )
    yield from capped_findings(full, "autoscalers")


def _finding(one: Autoscaler) -> Finding:
    above = f" ({', '.join(one.above)})" if one.above else ""
    what = (
        f"it has made all {one.most} pods that it may of {one.target}, and its load asks for more"
        f"{above}: each pod that moves is missing until its replacement is Ready"
    )
    remedy = "raise maxReplicas for the time of the drain, or upgrade at a quieter hour"
    return Finding(Severity.WARNS, f"autoscaler {one}", what, remedy)


CHECK = Check(
    "autoscalers",
    "Is any workload that moves at the most pods that its autoscaler may make, under more load?",
    "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/",
    judge,
)

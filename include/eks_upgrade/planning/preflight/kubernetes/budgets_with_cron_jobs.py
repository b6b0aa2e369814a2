"""Budgets that cannot be computed while a CronJob runs, because its pods are among theirs. Pure.

A percentage, or any maxUnavailable, counts on the scale of the pods' owners, and a Job has none.
The budget then allows nothing for any of its pods (`SyncFailed`), and a finished pod of the Job is
enough for that.
"""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.label_selector import selects
from include.eks_upgrade.kube.objects import Budget
from include.eks_upgrade.kube.readings.cron_jobs import CRON_JOBS, CronJob
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each budget over pods that move which also selects a CronJob's pods."""
    surveyed = moving_pods(seen)
    if surveyed is None or surveyed.options.disable_eviction:
        return
    crons = seen.of(CRON_JOBS)
    yield from capped_findings(_found(crons, surveyed), "budgets")


def _found(crons: Sequence[CronJob], surveyed: Surveyed) -> Iterator[Finding]:
    for budget in surveyed.facts.budgets:
        meant = [one for one in crons if not one.suspended and _selects(budget, one)]
        # One that fails at this moment is told as a budget that never allows anything.
        if not meant or budget.trouble or not needs_scale(budget):
            continue
        if any(budget.covers(one.pod) for one in surveyed.moving):
            yield _finding(budget, meant)


def needs_scale(budget: Budget) -> bool:
    """Whether it is counted on the scale of its pods' owners; a plain minAvailable is not."""
    kind, _, value = budget.limit.partition(" ")
    return kind == "maxUnavailable" or value.endswith("%")


def _selects(budget: Budget, cron: CronJob) -> bool:
    return (
        budget.selector is not None
        and budget.namespace == cron.namespace
        and selects(budget.selector, cron.labels)
    )


def _finding(budget: Budget, crons: Sequence[CronJob]) -> Finding:
    named = first_few([f"CronJob {one} ({one.schedule})" for one in crons], 3)
    what = (
        f"its selector also means the pods of {named}: while one of these exists, even a finished"
        f" one, the budget ({budget.limit}) cannot be computed and allows no eviction at all"
    )
    remedy = (
        "give the selector a label that the CronJob's pods do not have, or suspend the CronJob and"
        " delete its finished Jobs for the time of the drain"
    )
    return Finding(Severity.WARNS, f"budget {budget}", what, remedy)


CHECK = Check(
    "budgets_with_cron_jobs",
    "Does any budget fail to compute while a CronJob runs?",
    "https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/disruption/disruption.go"
    " (getExpectedScale)",
    judge,
)

"""The survey: every rule about the pods that are to be moved, and what they say together."""

from collections.abc import Callable

from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import missing_problems
from include.eks_upgrade.planning.survey.airflow_pods import airflows_own_pods
from include.eks_upgrade.planning.survey.away import workloads_away
from include.eks_upgrade.planning.survey.budgets import budgets_in_the_way
from include.eks_upgrade.planning.survey.findings import Findings, joined
from include.eks_upgrade.planning.survey.jobs import running_jobs
from include.eks_upgrade.planning.survey.protected import protected_pods
from include.eks_upgrade.planning.survey.refusals import drain_refusals
from include.eks_upgrade.planning.survey.stranded import stranded_pods
from include.eks_upgrade.planning.survey.surveyed import Surveyed

Rule = Callable[[Surveyed], Findings]

RULES: tuple[Rule, ...] = (
    airflows_own_pods,
    drain_refusals,
    budgets_in_the_way,
    stranded_pods,
    workloads_away,
    running_jobs,
    protected_pods,
)
"""A new rule is added here; the plan shows its lines in this order."""


def survey(surveyed: Surveyed) -> Findings:
    """Everything that the rules find; without a group to replace, nothing."""
    if not surveyed.groups:
        return Findings()
    facts = surveyed.facts
    rights = missing_problems(facts.missing)
    if facts.refused:  # with half of the pods or budgets unread the rules would say too little
        return Findings((*facts.refused, *rights), facts.unknown)
    found = joined(rule(surveyed) for rule in RULES)
    return Findings((*found.problems, *rights), (*facts.unknown, *found.warnings), found.notes)

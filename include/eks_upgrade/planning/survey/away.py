"""Workloads of which nothing is left while they are moved: those with a single replica, mostly."""

from include.eks_upgrade.drain.implied import has_implied_budget
from include.eks_upgrade.drain.options import AT_ONCE, RESTART
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.survey.findings import Findings, capped_warnings
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def workloads_away(surveyed: Surveyed) -> Findings:
    """Which workloads will be away, and for how long at best."""
    pods: dict[str, list[SurveyedPod]] = {}
    for one in surveyed.moving:
        if has_implied_budget(one.pod) and one.pod.ready:
            pods.setdefault(one.pod.family, []).append(one)
    singles = [family for family in pods if surveyed.facts.scales.get(family) == 1]
    lines = [
        _line(surveyed, family, pods[family][0])
        for family in sorted(singles)
        if not _is_restarted(surveyed, family)
    ]
    unbudgeted = _unbudgeted(surveyed, pods) if _at_once(surveyed) else []
    return Findings(
        warnings=(
            *capped_warnings(lines, "workloads with a single replica"),
            *_all_at_once(sorted(set(unbudgeted) - set(singles))),
        )
    )


def _is_restarted(surveyed: Surveyed, family: str) -> bool:
    """Whether its rollout will start the new pod before it stops the old one."""
    rollout = surveyed.facts.rollouts.get(family)
    wanted = surveyed.options.single_replicas == RESTART
    return wanted and rollout is not None and rollout.surges and not rollout.paused


def _line(surveyed: Surveyed, family: str, one: SurveyedPod) -> str:
    rollout = surveyed.facts.rollouts.get(family)
    took = one.start_seconds
    how_long = f"about {took:.0f} s at best, as its pod took to start" if took else "how long"
    surges = rollout is not None and rollout.surges and not rollout.paused
    way = "; single_replicas: restart moves it without a gap" if surges else ""
    unknown = "" if took else " is not known"
    return (
        f"{family} has a single replica, on {surveyed.places([one])}: it is away until its"
        f" replacement is Ready ({how_long}{unknown}){way}"
    )


def _at_once(surveyed: Surveyed) -> bool:
    return surveyed.options.unbudgeted_workloads == AT_ONCE or surveyed.options.disable_eviction


def _unbudgeted(surveyed: Surveyed, pods: dict[str, list[SurveyedPod]]) -> list[str]:
    budgets = surveyed.facts.budgets
    return [
        family
        for family, found in pods.items()
        if not any(budget.covers(found[0].pod) for budget in budgets)
    ]


def _all_at_once(families: list[str]) -> tuple[str, ...]:
    lines = [
        f"{family} has no disruption budget: unbudgeted_workloads: at_once takes all its pods that"
        " are on the old nodes at the same time"
        for family in families
    ]
    return capped_warnings(lines, "workloads")

"""Workloads that miss pods while they are moved: of a single replica, or of strategy Recreate."""

from collections import Counter
from collections.abc import Collection

from include.eks_upgrade.drain.availability.implied import has_implied_budget
from include.eks_upgrade.drain.options import AT_ONCE, RESTART
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.kube.workloads.scale import KINDS, RECREATE, Scale
from include.eks_upgrade.planning.survey.findings import Findings, Told, capped_warnings
from include.eks_upgrade.planning.survey.surveyed import Surveyed


def workloads_away(surveyed: Surveyed) -> Findings:
    """Which workloads will be away, and for how long at best."""
    pods: dict[str, list[SurveyedPod]] = {}
    for one in surveyed.moving:
        if has_implied_budget(one.pod) and one.pod.ready:
            pods.setdefault(one.pod.family, []).append(one)
    scales = surveyed.facts.scales
    alone = _pods_alone(surveyed)
    singles = [
        family
        for family, found in pods.items()
        if (scales[family].wanted == 1 if family in scales else _is_alone(found[0], alone))
    ]
    lines = [
        _line(surveyed, family, pods[family][0])
        for family in sorted(singles)
        if not _is_restarted(surveyed, family)
    ]
    unbudgeted = _unbudgeted(surveyed, pods)
    at_once = set(unbudgeted) - set(singles) if _at_once(surveyed) else set()
    recreated = [
        _one_by_one(surveyed, family, pods[family])
        for family in sorted(set(unbudgeted) - at_once)
        if family in scales and _is_recreated(scales[family])
    ]
    return Findings(
        warnings=(
            *capped_warnings(lines, "workloads with a single replica"),
            *capped_warnings(recreated, "workloads with strategy Recreate"),
            *_all_at_once(sorted(at_once)),
        )
    )


def _pods_alone(surveyed: Surveyed) -> set[str]:
    """Workloads of which there is one pod alone in the cluster."""
    facts = surveyed.facts
    alive = Counter(
        pod.family
        for pod in (*(one.pod for one in facts.pods), *facts.elsewhere)
        if not pod.terminating and not pod.finished
    )
    return {family for family, count in alive.items() if count == 1}


def _is_alone(one: SurveyedPod, alone: Collection[str]) -> bool:
    """The same of a controller that says no number; what runs to an end is nobody's replica."""
    counted_elsewhere = one.pod.family.partition(" ")[0] in KINDS.values()
    return one.pod.family in alone and not one.short_lived and not counted_elsewhere


def _is_restarted(surveyed: Surveyed, family: str) -> bool:
    """Whether its rollout will start the new pod before it stops the old one."""
    return surveyed.options.single_replicas == RESTART and _may_restart(surveyed, family)


def _may_restart(surveyed: Surveyed, family: str) -> bool:
    scale = surveyed.facts.scales.get(family)
    return scale is not None and scale.surges and not scale.paused


def _line(surveyed: Surveyed, family: str, one: SurveyedPod) -> Told:
    took = one.start_seconds
    how_long = f"about {took:.0f} s at best, as its pod took to start" if took else "how long"
    restart = "; single_replicas: restart moves it without a gap"
    way = restart if _may_restart(surveyed, family) else ""
    unknown = "" if took else " is not known"
    return Told(
        family,
        f"{family} has a single replica, on {surveyed.places([one])}: it is away until its"
        f" replacement is Ready ({how_long}{unknown}){way}",
    )


def _is_recreated(scale: Scale) -> bool:
    """Whether its own rollout would take all its pods, which a drain does not."""
    return scale.wanted > 1 and scale.strategy == RECREATE


def _one_by_one(surveyed: Surveyed, family: str, pods: list[SurveyedPod]) -> Told:
    known = [one.start_seconds for one in pods if one.start_seconds]
    seconds = sum(known) / len(known) if known else 0.0
    each = f"about {seconds:.0f} s each at best, as its pods took to start"
    in_all = f", {seconds * len(pods):.0f} s in all" if len(pods) > 1 else ""
    return Told(
        family,
        f"{family} has strategy Recreate and {surveyed.facts.scales[family].wanted} replicas,"
        f" {len(pods)} on {surveyed.places(pods)}: one pod at a time is away until its replacement"
        f" is Ready ({each + in_all if known else 'how long is not known'})",
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
        Told(
            family,
            f"{family} has no disruption budget: unbudgeted_workloads: at_once takes all its pods"
            " that are on the old nodes at the same time",
        )
        for family in families
    ]
    return capped_warnings(lines, "workloads")

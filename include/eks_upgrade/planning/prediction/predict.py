"""The prediction of a plan: what it will take, from what was read, before anything is touched."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.prediction.defaults import ADDON, CHECK, NODE_LONG, TASKS, Usual
from include.eks_upgrade.planning.prediction.earlier import (
    control_plane_ceiling,
    usual_control_plane,
)
from include.eks_upgrade.planning.prediction.groups import predict_groups
from include.eks_upgrade.planning.prediction.model import (
    GroupPrediction,
    Prediction,
    StepPrediction,
)
from include.eks_upgrade.planning.prediction.moving import Rules
from include.eks_upgrade.planning.prediction.support import predict_support
from include.eks_upgrade.planning.prediction.surge import (
    NOTHING_KNOWN,
    NodePrices,
    surge_cost,
    with_given,
)
from include.eks_upgrade.planning.prediction.turns import in_turns
from include.eks_upgrade.planning.survey.surveyed import Surveyed
from include.eks_upgrade.request import UpgradeRequest

ASSUMED = "usual times, which are assumed (docs/prediction.md)"


def predict(
    plan: Plan,
    request: UpgradeRequest,
    facts: ClusterFacts,
    surveyed: Surveyed | None,
    moment: datetime,
    prices: NodePrices = NOTHING_KNOWN,
) -> Prediction:
    """What the run of a plan will take.

    Args:
        plan: what is done.
        request: what was asked for.
        facts: what is.
        surveyed: the pods on the old nodes; None where they are not known.
        moment: now.
        prices: of nodes; those of the request go before them.

    Raises:
        Refused: the pod selector cannot be read.
    """
    steps = tuple(_steps(plan, facts))
    rules = Rules(surveyed) if surveyed and not surveyed.facts.refused else None
    alone = predict_groups(plan.node_groups, request, facts, rules)
    groups, probable = _turns(alone, steps, request)
    cost = surge_cost(groups, facts, with_given(prices, request.dollars_per_hour))
    notes = [*_notes(alone, rules), *([cost.note] if cost.note else [])]
    return Prediction(
        made_at=moment.isoformat(timespec="seconds"),
        best=_best(alone, steps, request),
        probable=probable,
        steps=steps,
        groups=groups,
        surge_dollars=cost.dollars,
        support=predict_support(facts, moment, request.dollars_per_hour),
        notes=tuple(notes),
    )


def _steps(plan: Plan, facts: ClusterFacts) -> Iterator[StepPrediction]:
    yield _step("plan and lock", TASKS, ASSUMED)
    if plan.addons_before:
        yield _addons("add-ons before the control plane", plan.addons_before)
    if plan.control_plane_needed:
        ceiling = control_plane_ceiling(facts)
        known = f"at most {ceiling.minutes:g} min: {ceiling.source}" if ceiling else ""
        usual = usual_control_plane(ceiling)
        yield _step("control plane", usual, "; ".join(one for one in (ASSUMED, known) if one))
    if plan.addons_after:
        yield _addons("add-ons after the control plane", plan.addons_after)


def _addons(name: str, steps: Sequence[AddonStep]) -> StepPrediction:
    """All of a part go side by side, each from version to version."""
    climbs = max(len(step.versions) for step in steps)
    usual = Usual(ADDON.best * climbs, ADDON.probable * climbs, ADDON.long * climbs)
    return _step(name, usual, ASSUMED)


def _step(name: str, usual: Usual, source: str) -> StepPrediction:
    return StepPrediction(name=name, best=usual.best, probable=usual.probable, source=source)


def _turns(
    groups: Sequence[GroupPrediction], steps: Sequence[StepPrediction], request: UpgradeRequest
) -> tuple[tuple[GroupPrediction, ...], float | None]:
    """The groups with when they begin, and the minutes of the whole."""
    begin = sum(step.probable for step in steps)
    minutes = [group.probable for group in groups]
    begins, end = in_turns(minutes, begin, request.max_groups_at_once)
    timed = tuple(
        replace(group, begins=None if when is None else round(when, 1))
        for group, when in zip(groups, begins, strict=True)
    )
    return timed, None if end is None else round(end + CHECK.probable, 1)


def _best(
    groups: Sequence[GroupPrediction], steps: Sequence[StepPrediction], request: UpgradeRequest
) -> float | None:
    begin = sum(step.best for step in steps)
    _, end = in_turns([group.best for group in groups], begin, request.max_groups_at_once)
    return None if end is None else round(end + CHECK.best, 1)


def _notes(groups: Sequence[GroupPrediction], rules: Rules | None) -> Iterator[str]:
    yield "earlier updates tell when they were asked for, and not when they had ended"
    if groups and rules is None:
        yield (
            "the pods on the old nodes are not known:"
            f" {NODE_LONG:g} min a node are assumed for the drain"
        )

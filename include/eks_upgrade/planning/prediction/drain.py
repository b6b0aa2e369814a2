"""How long the drain of a node group takes: at best, probably, and what decides it."""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.common.counting import agreeing, counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.order.window import window_size
from include.eks_upgrade.planning.prediction.defaults import SETTLING_SECONDS
from include.eks_upgrade.planning.prediction.limits import Limit, lower_bound
from include.eks_upgrade.planning.prediction.model import DrainPrediction, LimitPrediction
from include.eks_upgrade.planning.prediction.moving import Moving, Rules, moving
from include.eks_upgrade.planning.prediction.simulate import play

MAX_LIMITS = 5
"""Budgets and workloads that a prediction names for each group: a plan is small."""


def predict_drain(rules: Rules, group: str) -> DrainPrediction:
    """The drain of one old group by itself.

    Raises:
        Refused: the pod selector cannot be read.
    """
    found, options = moving(rules, group), rules.surveyed.options
    nodes = sum(node.node_group == group for node in rules.surveyed.targets.values())
    window = window_size(options.nodes_at_once, nodes)
    played = play(found.limits, window=window, rate=options.requests_per_second)
    rows = _rows(found.limits, played.by_limit)
    ends = not found.never
    best = max(SETTLING_SECONDS, lower_bound(found.limits, options.requests_per_second))
    probable = max(best, SETTLING_SECONDS + played.seconds)
    return DrainPrediction(
        pods=sum(len(one.pods) for one in found.limits) + _stuck(found),
        best=round(best, 1) if ends else None,
        probable=round(probable, 1) if ends else None,
        limits=tuple(rows[:MAX_LIMITS]),
        limits_left_out=max(0, len(rows) - MAX_LIMITS),
        never=tuple(f"{name}: {counted(pods, 'pod')}" for name, pods in found.never.items()),
        notes=tuple(_notes(found, rules)),
    )


def _rows(limits: Sequence[Limit], ends: Sequence[float]) -> list[LimitPrediction]:
    """The slowest first."""
    rows = [
        LimitPrediction(
            name=limit.name,
            rule=limit.rule,
            pods=len(limit.pods),
            allowed=limit.allowed,
            best=round(limit.bound, 1),
            probable=round(max(limit.bound, end), 1),
        )
        for limit, end in zip(limits, ends, strict=True)
    ]
    return sorted(rows, key=lambda row: (-row.probable, row.name))


def _stuck(found: Moving) -> int:
    return sum(found.never.values()) + sum(found.asked.values())


def _notes(found: Moving, rules: Rules) -> Iterator[str]:
    unseen = [one.name for one in found.limits if not one.observed and one.rounds > 1]
    if unseen:
        seconds = rules.starts.otherwise
        whose = "a default" if not rules.starts.by_family else "the middle of the other pods"
        yield (
            f"how long pods of {first_few(unseen)} take to start is not known:"
            f" {seconds:.0f} s are assumed ({whose})"
        )
    if found.jobs:
        yield (
            f"{counted(found.jobs, 'pod')} of running Jobs"
            f" {agreeing(found.jobs, 'is', 'are')} waited for (running_jobs): as long again as"
            " they have run is probable; at best they have ended by then"
        )
    if found.asked:
        names = first_few([f"{name}: {counted(pods, 'pod')}" for name, pods in found.asked.items()])
        yield f"a person is asked about {names}: the time until the answer is not in it"

"""How long the replacement of each node group takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.drain.options import labels_nodes
from include.eks_upgrade.planning.plan import NodeGroupStep
from include.eks_upgrade.planning.prediction.defaults import (
    CHECK,
    DELETION,
    NODE_LONG,
    NODES_UP,
    TASKS,
    Usual,
)
from include.eks_upgrade.planning.prediction.drain import predict_drain
from include.eks_upgrade.planning.prediction.model import DrainPrediction, GroupPrediction
from include.eks_upgrade.planning.prediction.moving import Rules
from include.eks_upgrade.planning.preflight.rules.new_groups.surge import new_nodes
from include.eks_upgrade.request import UpgradeRequest


@dataclass(frozen=True)
class _Minutes:
    """Of one group, at best or probably; None where its drain does not end."""

    before: float
    drain: float | None
    after: float

    @property
    def whole(self) -> float | None:
        return None if self.drain is None else self.before + self.drain + self.after


def predict_groups(
    steps: Sequence[NodeGroupStep],
    request: UpgradeRequest,
    facts: ClusterFacts,
    rules: Rules | None,
) -> tuple[GroupPrediction, ...]:
    """The groups in the plan's order, each by itself; `turns.py` says when they begin.

    Args:
        steps: of the plan.
        request: what was asked for.
        facts: what is.
        rules: for the pods on the old nodes; None where they are not known.
    """
    names = {step.name: step.replacement for step in steps}
    made = new_nodes(names, facts, extra_nodes=request.extra_nodes)
    return tuple(
        _group(
            step.name,
            made.get(step.name, 0),
            request,
            facts,
            predict_drain(rules, step.name) if rules else None,
        )
        for step in steps
    )


def _group(
    name: str,
    made: int,
    request: UpgradeRequest,
    facts: ClusterFacts,
    drain: DrainPrediction | None,
) -> GroupPrediction:
    nodes = len(facts.group_kubelets(name))
    best, probable = (_minutes(at, drain, nodes, made, request) for at in ("best", "probable"))
    hours = None
    if probable.whole is not None:
        hours = round(made * (probable.whole - TASKS.probable) / 60, 2)
    return GroupPrediction(
        name=name,
        nodes_removed=nodes,
        nodes_made=made,
        best=_rounded(best.whole),
        probable=_rounded(probable.whole),
        drain=drain,
        surge_hours=hours,
    )


def _minutes(
    at: str, drain: DrainPrediction | None, nodes: int, made: int, request: UpgradeRequest
) -> _Minutes:
    def usual(step: Usual) -> float:
        return float(getattr(step, at))

    out = request.drain.load_balancer_drain_seconds / 60 if labels_nodes(request.drain) else 0.0
    # The look at the workloads goes on while load balancers let go of the nodes.
    after = max(usual(CHECK), out) + usual(DELETION)
    before = usual(TASKS) + (usual(NODES_UP) if made else 0.0)
    return _Minutes(before, _drain_minutes(at, drain, nodes), after)


def _drain_minutes(at: str, drain: DrainPrediction | None, nodes: int) -> float | None:
    if drain is None:
        return nodes * NODE_LONG if at == "probable" else 0.0
    seconds = getattr(drain, at)
    return None if seconds is None else seconds / 60


def _rounded(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes, 1)

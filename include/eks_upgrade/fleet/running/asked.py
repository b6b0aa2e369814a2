"""What whoever starts a run asks for, as the plan and each start take it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import nearest
from include.eks_upgrade.fleet.plan import FleetPlan, RingPlan
from include.eks_upgrade.fleet.running.state import FleetState, means

BY_PARAMETER = "this run was asked to (skip_clusters)"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one run of the fleet is to be.

    Attributes:
        only: patterns of clusters; empty: all.
        skip: patterns of clusters that are left alone in this run.
        retry_failed: only what failed in the last run that began anything.
    """

    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    retry_failed: bool = False


def skipped_by(asked: Asked, state: FleetState, moment: datetime) -> dict[str, str]:
    """Why clusters are left alone by a person's wish, by pattern."""
    skips = {one.cluster: str(one) for one in state.skips if one.holds(moment)}
    return dict.fromkeys(asked.skip, BY_PARAMETER) | skips


def only_these(asked: Asked, state: FleetState) -> tuple[str, ...]:
    """Patterns of the only clusters that are meant; none means all."""
    return tuple(state.failures.clusters) if asked.retry_failed else tuple(asked.only)


def why_left(arn: str, title: str, skipped: Mapping[str, str], only: Sequence[str]) -> str:
    """Why a person wants this cluster left alone; empty when nobody does."""
    for pattern, why in skipped.items():
        if means(pattern, arn, title):
            return f"a person has it skipped: {why}"
    if only and not any(means(pattern, arn, title) for pattern in only):
        return "this run is for others only"
    return ""


def asked_problems(asked: Asked, state: FleetState, plan: FleetPlan) -> list[Problem]:
    """What contradicts itself, or means no cluster.

    Who mistypes a pattern must not upgrade the cluster that was to be skipped.
    """
    problems = []
    if asked.retry_failed and asked.only:
        what = "together with retry_failed it is not clear which clusters are meant"
        problems.append(Problem("only_clusters", what, "give one of the two"))
    if asked.retry_failed and not state.failures.clusters:
        what = "nothing failed in the last run that began anything"
        problems.append(Problem("retry_failed", what, "start a run without it"))
    named = [("only_clusters", one) for one in asked.only]
    named += [("skip_clusters", one) for one in asked.skip]
    return problems + [
        _means_none(parameter, pattern, plan)
        for parameter, pattern in named
        if not any(means(pattern, each.arn, each.title) for each in plan.clusters)
    ]


def _means_none(parameter: str, pattern: str, plan: FleetPlan) -> Problem:
    titles = [each.title for each in plan.clusters]
    near = nearest(pattern, [*titles, *(title.rpartition("/")[2] for title in titles)])
    remedy = f"did you mean '{near}'?" if near else "the plan's table has the names of all clusters"
    return Problem(parameter, f"'{pattern}' means no cluster of the fleet", remedy)


def ring_of(plan: FleetPlan, name: str) -> RingPlan | None:
    """A ring of the plan; None when the plan has none of that name."""
    return next((ring for ring in plan.rings if ring.name == name), None)

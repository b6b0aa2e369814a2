"""Budgets that can never allow what the drain will ask of them; and those that cannot right now.

Judged by the drain's own `explain`, so that what holds here is what would hold there. The first
kind would keep the drain waiting until its time limit, after the control plane has moved: it
refuses the plan, unless `when_never_allowed` says what to do. The second kind passes by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.blocked.explain import explain
from include.eks_upgrade.drain.blocked.model import (
    Block,
    BlockClass,
    BudgetState,
    Situation,
    is_unhealthy,
)
from include.eks_upgrade.drain.budgets import Budgets
from include.eks_upgrade.kube.objects import Budget, Pod
from include.eks_upgrade.planning.survey.budget_numbers import at_full_scale
from include.eks_upgrade.planning.survey.findings import (
    Findings,
    Told,
    capped_problems,
    capped_warnings,
)
from include.eks_upgrade.planning.survey.surveyed import Surveyed
from include.eks_upgrade.planning.survey.ways_out import ANSWER, is_single, way_out, why_held

NEVER = BlockClass.NEVER_ALLOWED

WHAT = "budgets"


def budgets_in_the_way(surveyed: Surveyed) -> Findings:
    """What the disruption budgets will say to the drain."""
    if surveyed.options.disable_eviction:  # then no budget is asked
        return Findings()
    blocks = list(_blocks(surveyed))
    never = [block for block in blocks if block.cause is NEVER]
    ways = [(way_out(block.pod, surveyed), block) for block in never]
    held = [(why_held(block.pod, surveyed), block) for way, block in ways if not way]
    let = by_key(((way, block.budgets), block) for way, block in ways if way)
    now = by_key((block.budgets, block) for block in blocks if block.cause is not NEVER)
    return Findings(
        capped_problems(list(_problems(held, surveyed)), WHAT),
        (
            *capped_warnings([_passed_line(group, way) for (way, _), group in let.items()], WHAT),
            *capped_warnings([_full_line(group) for group in now.values()], WHAT),
        ),
    )


def _blocks(surveyed: Surveyed) -> Iterator[Block]:
    """What keeps each pod that is to move, if its eviction were asked for now."""
    budgets = Budgets(surveyed.facts.budgets)
    states = _states(budgets, surveyed)
    for one in surveyed.moving:
        over = tuple(states[str(budget)] for budget in budgets.over(one.pod))
        found = explain(one.pod, Situation(surveyed.facts.read_at, over)) if over else None
        if found is not None and not one.pod.terminating:
            yield found


def _states(budgets: Budgets, surveyed: Surveyed) -> dict[str, BudgetState]:
    """Each budget that covers any pod, as `explain` wants it."""
    facts = surveyed.facts
    covered: dict[str, list[Pod]] = {}
    for pod in (*(one.pod for one in facts.pods), *facts.elsewhere):
        for budget in budgets.over(pod):
            covered.setdefault(str(budget), []).append(pod)
    return {
        name: BudgetState(
            _judged(budgets.by_name[name], pods, surveyed),
            unhealthy=tuple(pod for pod in pods if is_unhealthy(pod, facts.read_at)),
            unschedulable=tuple(pod for pod in pods if pod.unschedulable and not pod.node),
            families=tuple(sorted({pod.family for pod in pods if pod.family})),
        )
        for name, pods in covered.items()
    }


def _judged(budget: Budget, pods: Sequence[Pod], surveyed: Surveyed) -> Budget:
    found = at_full_scale(budget, pods, surveyed.facts.scales)
    # What a rollout has too many of at this moment is gone when the drain comes: the room that
    # it makes is none.
    never = found.settled and found.desired >= found.expected
    return replace(found, allowed=0) if never else found


def _problems(held: Iterable[tuple[str, Block]], surveyed: Surveyed) -> Iterator[Problem]:
    keyed = (((why, block.budgets), block) for why, block in held)
    for (why, _), found in by_key(keyed).items():
        first = found[0]
        pods = first_few(pod_groups([block.pod for block in found]))
        what = (
            f"it would keep {pods} from leaving until the drain's time limit, with the control"
            f" plane moved already: {first.text}{why}"
        )
        yield Problem(
            _title(first.budgets), what, f"{first.remedy}; or {_accepting(found, surveyed)}"
        )


def _title(names: Sequence[str]) -> str:
    word = "budget" if len(names) == 1 else "budgets"
    return f"{word} {' and '.join(names)}"


def _accepting(found: Sequence[Block], surveyed: Surveyed) -> str:
    ways = ["ask (a person decides during the drain)"]
    if all(block.pod.deployment for block in found):
        ways.append("restart (their rollout, which starts new pods first)")
    ways.append("delete (past the budget, with may_delete_blocked_pods)")
    text = f"say what the drain does about it: set {ANSWER} to {', or '.join(ways)}"
    if all(is_single(block.pod, surveyed) for block in found):
        return f"set single_replicas to restart, which moves such pods without a gap; or {text}"
    return text


def _passed_line(found: Sequence[Block], way: str) -> Told:
    pods = first_few(pod_groups([block.pod for block in found]))
    title = _title(found[0].budgets)
    return Told(title, f"{title} can never allow an eviction of {pods}; as was asked for, {way}")


def _full_line(found: Sequence[Block]) -> Told:
    pods, first = first_few(pod_groups([block.pod for block in found])), found[0]
    help_ = f"; remedy: {first.remedy}" if first.remedy else ""
    title = _title(first.budgets)
    return Told(
        title,
        f"{title} allows no eviction at this moment, and the drain would wait with"
        f" {pods}: {first.text} ({first.cause.label}){help_}",
    )

"""From the survey of the pods to what a drain has to obey, and to pods that cannot go at all."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.drain.availability.implied import has_implied_budget, implied_budget
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, action_for
from include.eks_upgrade.drain.budgets import Budgets, is_protected
from include.eks_upgrade.drain.options import AT_ONCE, RESTART, WAIT
from include.eks_upgrade.drain.order.precedence import precedence_of
from include.eks_upgrade.drain.order.running_jobs import at_work
from include.eks_upgrade.kube.objects import Budget, Pod
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.prediction.limits import Limit, MovingPod
from include.eks_upgrade.planning.prediction.starts import Starts, observed_starts, stop_seconds
from include.eks_upgrade.planning.survey.budget_numbers import at_full_scale
from include.eks_upgrade.planning.survey.surveyed import Surveyed
from include.eks_upgrade.planning.survey.ways_out import is_single, way_out

FREE = "pods that nothing holds"

ALL_AT_ONCE_KINDS = frozenset({"ReplicaSet", "ReplicationController"})
"""Owners that start the replacement as soon as a pod stops. Others wait until it is gone: a
StatefulSet because the new pod has the same name, whoever is not known to be on the safe side."""


@dataclass(frozen=True)
class Moving:
    """What one drain has to move.

    Attributes:
        limits: the pods that will go.
        never: by what holds them (`budget shop/web`), how many pods cannot go at all.
        asked: the same of pods about which the drain asks a person.
        jobs: how many pods of Jobs are waited for.
    """

    limits: tuple[Limit, ...] = ()
    never: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    jobs: int = 0


@dataclass(frozen=True)
class Rules:
    """What holds for the pods of a cluster; `moving` asks it for one node group after another."""

    surveyed: Surveyed

    @cached_property
    def starts(self) -> Starts:
        """Start-up times."""
        return observed_starts(self.surveyed.facts.pods)

    @cached_property
    def budgets(self) -> Budgets:
        """All budgets, found by pod."""
        return Budgets(self.surveyed.facts.budgets)

    @cached_property
    def numbers(self) -> dict[str, Budget]:
        """Each budget that covers any pod, with its numbers at full scale."""
        covered: dict[str, list[Pod]] = {}
        for pod in self._everywhere:
            for budget in self.budgets.over(pod):
                covered.setdefault(str(budget), []).append(pod)
        scales = self.surveyed.facts.scales
        return {
            name: at_full_scale(self.budgets.by_name[name], pods, scales)
            for name, pods in covered.items()
        }

    @cached_property
    def members(self) -> dict[str, int]:
        """How many pods each workload has."""
        alive = [pod for pod in self._everywhere if not pod.finished and not pod.terminating]
        return {family: len(pods) for family, pods in by_key((p.family, p) for p in alive).items()}

    @property
    def _everywhere(self) -> Iterator[Pod]:
        facts = self.surveyed.facts
        yield from (one.pod for one in facts.pods)
        yield from facts.elsewhere


def moving(rules: Rules, group: str) -> Moving:
    """What the drain of one old node group has to move."""
    surveyed = rules.surveyed
    pods = [one for one in surveyed.moving if surveyed.group_of(one) == group]
    sorted_out = by_key((_held_by(one, rules), one) for one in pods)
    limits, never, asked = [], dict[str, int](), dict[str, int]()
    for held, found in sorted_out.items():
        match held.ends:
            case Action.WAIT | Action.FAIL:
                never[held.name] = len(found)
            case Action.ASK:
                asked[held.name] = len(found)
            case _:
                limits.append(_limit(held, found, rules))
    jobs = sum(_is_awaited(one.pod, surveyed) for one in pods)
    return Moving(tuple(limits), never, asked, jobs)


@dataclass(frozen=True)
class _Held:
    """What decides when a pod may go.

    Attributes:
        allowed: how many at a time; None: any number.
        ends: for a pod that its budget never lets go, what is done about it; None for all others.
    """

    name: str
    rule: str = ""
    allowed: int | None = None
    ends: Action | None = None


_NOTHING = _Held(FREE)


def _held_by(one: SurveyedPod, rules: Rules) -> _Held:
    surveyed, pod = rules.surveyed, one.pod
    options = surveyed.options
    if _is_restarted(pod, surveyed):
        return _Held(pod.family, "moved by a restart of its rollout", ends=Action.RESTART)
    over = () if options.disable_eviction else tuple(rules.budgets.over(pod))
    if len(over) > 1 and not pod.finished and pod.phase != "Pending":
        name = f"budgets {' and '.join(map(str, over))}"
        return _never(_Held(name, "more than one budget"), pod, surveyed)
    if over:
        return _by_budget(rules.numbers[str(over[0])], pod, surveyed)
    return _by_own_strategy(pod, rules)


def _by_budget(budget: Budget, pod: Pod, surveyed: Surveyed) -> _Held:
    held = _Held(f"budget {budget}", budget.limit)
    if not is_protected(pod, budget):
        return replace(held, allowed=max(1, budget.expected - budget.desired))
    if budget.trouble:
        return _never(held, pod, surveyed)
    if not budget.settled:  # its numbers are not known: the least that lets anything go
        return replace(held, allowed=1)
    allowed = budget.expected - budget.desired
    return replace(held, allowed=allowed) if allowed > 0 else _never(held, pod, surveyed)


def _by_own_strategy(pod: Pod, rules: Rules) -> _Held:
    options = rules.surveyed.options
    at_once = options.unbudgeted_workloads == AT_ONCE or options.disable_eviction
    if at_once or pod.finished or not has_implied_budget(pod):
        return _NOTHING
    scale = rules.surveyed.facts.scales.get(pod.family)
    implied = implied_budget(scale, rules.members.get(pod.family, 1))
    return _Held(pod.family, implied.rule, implied.allowed)


def _is_restarted(pod: Pod, surveyed: Surveyed) -> bool:
    if surveyed.options.single_replicas != RESTART or not is_single(pod, surveyed):
        return False
    scale = surveyed.facts.scales[pod.family]
    return scale.surges and not scale.paused


def _never(held: _Held, pod: Pod, surveyed: Surveyed) -> _Held:
    """A pod that is never let go, and what the options say about it."""
    action = action_for(BlockClass.NEVER_ALLOWED, surveyed.options)
    return replace(held, ends=action if way_out(pod, surveyed) else Action.WAIT)


def _limit(held: _Held, found: list[SurveyedPod], rules: Rules) -> Limit:
    options = rules.surveyed.options
    pods = tuple(_moving_pod(one, rules) for one in found)
    if held.ends is Action.DELETE:
        begin, pause = options.delete_blocked_after_minutes * 60, options.delete_pause_seconds
        late = (replace(one, not_before=begin, cycle=pause, least=pause) for one in pods)
        return Limit(name=held.name, pods=tuple(late), rule="deleted past it", allowed=1)
    if held.ends is Action.RESTART:
        # The new pod comes first, so the old one leaves only then.
        after = (replace(one, stop=one.least + one.stop) for one in pods)
        return Limit(name=held.name, pods=tuple(after), rule=held.rule)
    return Limit(
        name=held.name,
        pods=pods,
        rule=held.rule,
        allowed=held.allowed,
        observed=all(rules.starts.observed(one.pod.family) for one in found),
    )


def _moving_pod(one: SurveyedPod, rules: Rules) -> MovingPod:
    pod, surveyed = one.pod, rules.surveyed
    start = rules.starts.of(pod.family)
    stop = stop_seconds(one, surveyed.options.grace_period_seconds)
    waits = _is_awaited(pod, surveyed)
    overlaps = pod.owner is not None and pod.owner.kind in ALL_AT_ONCE_KINDS
    return MovingPod(
        name=str(pod),
        node=pod.node,
        cycle=start if overlaps else stop + start,
        least=start,
        stop=stop,
        not_before=_job_seconds(pod, surveyed) if waits else 0.0,
        counted=_is_counted(pod, rules),
        grace=pod.grace_seconds,
        precedence=precedence_of(pod, surveyed.facts.read_at),
    )


def _is_counted(pod: Pod, rules: Rules) -> bool:
    over = () if rules.surveyed.options.disable_eviction else rules.budgets.over(pod)
    return is_protected(pod, rules.numbers[str(over[0])]) if over else pod.ready


def _is_awaited(pod: Pod, surveyed: Surveyed) -> bool:
    return at_work(pod) and surveyed.options.running_jobs == WAIT


def _job_seconds(pod: Pod, surveyed: Surveyed) -> float:
    """How long a Job's pod probably still works, within the patience.

    Who looks at a random moment finds a Job in the middle of its life: on average it has as long to
    go as it has run.
    """
    age = max(0.0, surveyed.facts.read_at - pod.created) if pod.created else 0.0
    return min(age, surveyed.options.job_patience_minutes * 60)

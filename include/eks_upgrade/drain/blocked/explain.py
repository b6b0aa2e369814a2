"""Why a pod is still on its node, from what the drain sees around it. Pure.

The rules of budgets are the API server's own (pkg/registry/core/pod/storage/eviction.go); each
has a recording in tests/recordings. docs/drain.md has the runbook of each class.
"""

from dataclasses import replace

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.drain.blocked.model import (
    MAX_LISTED_NAMES,
    OVERDUE_SECONDS,
    STOPPING_SECONDS,
    Block,
    BlockClass,
    BudgetState,
    Situation,
    is_unhealthy,
    time_of_day,
)
from include.eks_upgrade.drain.budgets import is_protected
from include.eks_upgrade.kube.objects import Budget, Pod
from include.eks_upgrade.kube.workloads.daemon_pods import CORDON_TAINT


def explain(pod: Pod, situation: Situation) -> Block | None:
    """What blocks a pod, None when nothing that is known does."""
    if pod.terminating:
        return _stopping(pod, situation)
    return (
        _by_budgets(pod, situation)
        or _refused(pod, situation)
        or _nowhere_to_go(pod, situation)
        or _workload_unready(pod, situation)
    )


def _by_budgets(pod: Pod, situation: Situation) -> Block | None:
    over = situation.over
    if len(over) > 1 and not pod.finished and pod.phase != "Pending":
        return _two_budgets(pod, [state.budget for state in over])
    if over and is_protected(pod, over[0].budget) and over[0].budget.allowed <= 0:
        if situation.unschedulable:  # a rollout that was restarted for it found no room
            return _no_node(pod, situation.unschedulable, _names(over))
        return _by_budget(pod, over[0], situation.now)
    return None


def _refused(pod: Pod, situation: Situation) -> Block | None:
    if not situation.message:
        return None
    return Block(
        pod,
        BlockClass.REFUSED,
        f'is refused by the API server: "{situation.message}"',
        "do what the server's message asks for; the drain keeps trying meanwhile",
        _names(situation.over),
        at_once=True,
    )


def _nowhere_to_go(pod: Pod, situation: Situation) -> Block | None:
    if situation.unschedulable:
        return _no_node(pod, situation.unschedulable, _names(situation.over))
    if not situation.returned:
        return None
    return Block(
        pod,
        BlockClass.NOWHERE_TO_GO,
        f"{pod.family} came back to the nodes that are drained"
        f" {counted(situation.returned, 'time')}:"
        " its pods tolerate the cordon",
        "take the toleration of node.kubernetes.io/unschedulable from its pod template, or"
        " give it an affinity to other nodes",
    )


def _workload_unready(pod: Pod, situation: Situation) -> Block | None:
    if not situation.shortage:
        return None
    remedy = (
        "see why its new pods do not become Ready; without a budget it goes on one pod at a time"
        " after unready_patience_minutes"
    )
    return Block(pod, BlockClass.WORKLOAD_UNREADY, situation.shortage, remedy)


def _names(over: tuple[BudgetState, ...]) -> tuple[str, ...]:
    return tuple(str(state.budget) for state in over)


def _two_budgets(pod: Pod, budgets: list[Budget]) -> Block:
    names = tuple(map(str, budgets))
    return Block(
        pod,
        BlockClass.NEVER_ALLOWED,
        f"is under {len(names)} disruption budgets ({', '.join(names)}); the API server evicts"
        " no pod that has more than one",
        "narrow the selectors so that one budget covers the pod, or delete the other budgets",
        names,
        at_once=True,
    )


def _by_budget(pod: Pod, state: BudgetState, now: float) -> Block:
    budget = state.budget
    names, counts = (str(budget),), _counts(budget)
    never = _never(pod, state, counts)
    if never is not None:
        text, remedy = never
        return Block(pod, BlockClass.NEVER_ALLOWED, text, remedy, names, at_once=True)
    if is_unhealthy(pod, now) or state.unhealthy:
        return _unhealthy(pod, state, counts)
    if state.unschedulable:
        found = _no_node(pod, state.unschedulable, names)
        return replace(found, text=f"{counts}; {found.text}")
    if not pod.ready:
        remedy = f"if it never becomes Ready, {_always(budget)}"
        return Block(
            pod, BlockClass.BUDGET_FULL, f"{counts}; the pod itself is not Ready", remedy, names
        )
    return Block(pod, BlockClass.BUDGET_FULL, counts, "", names)


def _never(pod: Pod, state: BudgetState, counts: str) -> tuple[str, str] | None:
    """Text and remedy when the budget allows nothing by its own numbers; else None."""
    budget = state.budget
    if budget.trouble:
        remedy = f"correct the selector of budget {budget}: one workload's pods and no others"
        return f'budget {budget} cannot be computed: "{budget.trouble}"', remedy
    if not budget.settled or budget.desired < budget.expected:
        return None
    if budget.expected > 0:
        return counts, _loosen(pod, state)
    remedy = (
        f"give budget {budget} a minAvailable that is a number: maxUnavailable and percentages"
        " need pods with a controller"
    )
    return f"{counts}: it counts none of its pods, as no controller says how many there are", remedy


def _unhealthy(pod: Pod, state: BudgetState, counts: str) -> Block:
    unhealthy = state.unhealthy or (pod,)
    why = first_few([f"{one} ({_why_unhealthy(one)})" for one in unhealthy], MAX_LISTED_NAMES)
    return Block(
        pod,
        BlockClass.NEVER_HEALTHY,
        f"{counts}; not healthy: {why}",
        f"repair {'it' if unhealthy == (pod,) else 'that'}, or {_always(state.budget)}",
        (str(state.budget),),
        at_once=any(one.crash_looping for one in unhealthy),
    )


def _why_unhealthy(pod: Pod) -> str:
    if pod.crash_looping:
        return pod.waiting or f"{pod.restarts} restarts"
    since = f" since {time_of_day(pod.not_ready_since)}" if pod.not_ready_since else ""
    return f"{pod.waiting or 'not Ready'}{since}"


def _always(budget: Budget) -> str:
    return f"set unhealthyPodEvictionPolicy: AlwaysAllow on budget {budget}"


def _counts(budget: Budget) -> str:
    return (
        f"budget {budget} ({budget.limit or 'no limit set'}) needs {budget.desired} healthy and"
        f" has {budget.healthy} of {budget.expected} expected, disruptions allowed"
        f" {budget.allowed}"
    )


def _loosen(pod: Pod, state: BudgetState) -> str:
    loosen = f"loosen budget {state.budget} (for example maxUnavailable: 1)"
    remedy = f"{loosen} or raise the number of replicas"
    if len(state.families) > 1:
        names = first_few(state.families, MAX_LISTED_NAMES)
        remedy += f", and see whether its selector means all of {names}"
    if pod.deployment:
        return (
            f"{remedy}, or move it without a gap (restart as the answer to never_allowed does it):"
            f" kubectl -n {pod.namespace} rollout restart deployment/{pod.deployment}"
        )
    return f"{remedy}, for the time of the drain"


def _no_node(pod: Pod, pending: tuple[Pod, ...], budgets: tuple[str, ...]) -> Block:
    first = pending[0]
    lack, remedy = _what_is_lacking(first.unschedulable)
    return Block(
        pod,
        BlockClass.NOWHERE_TO_GO,
        f"{first_few(pending, MAX_LISTED_NAMES)} of the same workload finds no node: {lack}"
        f' (the scheduler says "{first.unschedulable}")',
        remedy,
        budgets,
    )


# Since Kubernetes 1.34 the scheduler no longer names the taint.
_LACKS = (
    (
        ("volume node affinity", "PersistentVolume's node affinity"),
        "its volume is in a zone without room",
        "give the new node group a node in the zone of its volume",
    ),
    (
        ("Insufficient",),
        "there is too little room",
        "add nodes (extra_nodes, or the group's size), or lower the pod's requests",
    ),
    (
        ("Too many pods",),
        "the nodes are full of pods",
        "add nodes (extra_nodes, or the group's size)",
    ),
    (
        ("affinity",),
        "its affinity or node selector fits no node",
        "give the new nodes the labels that the pod asks for, or change its affinity",
    ),
    (
        ("taint",),
        "it does not tolerate the taints of the new nodes",
        "give the pod the toleration, or take the taint from the new nodes",
    ),
)


def _what_is_lacking(message: str) -> tuple[str, str]:
    """What the scheduler's message amounts to, and the remedy.

    Nodes that are cordoned are among those it counts, so their own reason is looked past.
    """
    shown = message.replace(f"untolerated taint {{{CORDON_TAINT}: }}", "")
    for keys, lack, remedy in _LACKS:
        if any(key in shown for key in keys):
            return lack, remedy
    return "the scheduler's message says why", "give it a node that fits"


def _stopping(pod: Pod, situation: Situation) -> Block | None:
    now, until = situation.now, pod.stops_by
    if situation.node is not None and not situation.node.ready:
        text = f"is stopping, but node {pod.node} does not answer, so nothing confirms its end"
        remedy = (
            f"see what is the matter with node {pod.node}; once its instance is known to be"
            " stopped, delete the node object"
        )
        return Block(pod, BlockClass.SLOW_TO_STOP, text, remedy, at_once=_overdue(now, until))
    if pod.finalizers and until is not None and now > until:
        text = f"has stopped, but waits for its finalizers {', '.join(pod.finalizers)}"
        remedy = "see to the controller that removes them; remove them by hand only if it is gone"
        return Block(pod, BlockClass.SLOW_TO_STOP, text, remedy, at_once=_overdue(now, until))
    if until is not None and now > until:
        text = f"should have stopped by {time_of_day(until)}, when its grace period ended"
        remedy = f"look at the kubelet of node {pod.node}"
        return Block(pod, BlockClass.SLOW_TO_STOP, text, remedy, at_once=_overdue(now, until))
    if until is not None and until - now > STOPPING_SECONDS and _takes_long(situation):
        text = f"is stopping, and its grace period lasts until {time_of_day(until)}"
        remedy = "none is needed; pod_grace_period_seconds shortens it for all pods"
        return Block(pod, BlockClass.SLOW_TO_STOP, text, remedy)
    return None


def _overdue(now: float, until: float | None) -> bool:
    return until is not None and now - until >= OVERDUE_SECONDS


def _takes_long(situation: Situation) -> bool:
    return situation.asked is None or situation.now - situation.asked >= STOPPING_SECONDS

"""Disruption budgets: which pod may go now, what holds the others, and what would help.

The rules are the API server's own (pkg/registry/core/pod/storage/eviction.go); every branch
has a recording in tests/recordings/evict-*.json.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from include.eks_upgrade.kube.objects import Budget, Pod


class Cause(StrEnum):
    """Why a pod is still there."""

    WILL_PASS = "will pass when pods become Ready"  # noqa: S105 - words, no password
    NEVER = "can never pass"
    CRASH_LOOPING = "crash-looping pod blocks itself"
    TWO_BUDGETS = "more than one budget"
    OTHER = "refused for another reason"
    TERMINATING = "terminating"


@dataclass(frozen=True)
class Hold:
    """What keeps one pod on its node.

    Attributes:
        budgets: `namespace/name` of the budgets over it.
        text: what is in the way, with the budget's counts.
        remedy: what a person can do about it; empty when waiting is enough.
    """

    pod: Pod
    cause: Cause
    text: str
    remedy: str = ""
    budgets: tuple[str, ...] = ()

    def __str__(self) -> str:
        help_ = f"; remedy: {self.remedy}" if self.remedy else ""
        return f"pod {self.pod} on {self.pod.node}: {self.text} ({self.cause}){help_}"


class Budgets:
    """All disruption budgets of a cluster, by namespace."""

    def __init__(self, budgets: Iterable[Budget]) -> None:
        self.by_name = {str(budget): budget for budget in budgets}
        self._by_namespace: dict[str, list[Budget]] = defaultdict(list)
        for _, budget in sorted(self.by_name.items()):
            self._by_namespace[budget.namespace].append(budget)

    def over(self, pod: Pod) -> list[Budget]:
        """The budgets that count this pod."""
        return [b for b in self._by_namespace.get(pod.namespace, ()) if b.covers(pod)]


def is_protected(pod: Pod, budget: Budget) -> bool:
    """Whether the budget has a say in this pod's eviction.

    Finished and pending pods go past every budget. A pod that is not Ready goes past one
    that always allows it, and past one whose healthy pods are enough without it.
    """
    if pod.finished or pod.phase == "Pending":
        return False
    if pod.ready:
        return True
    if budget.unhealthy_policy == "AlwaysAllow":
        return False
    return not (budget.healthy >= budget.desired and budget.desired > 0)


def ready_to_go(pods: Sequence[Pod], budgets: Budgets, in_flight: Mapping[str, int]) -> list[Pod]:
    """The pods whose eviction should be asked for now.

    Args:
        pods: pods that are to go and have not been asked for.
        budgets: all budgets.
        in_flight: by budget, evictions asked for that its counts do not show yet.

    Returns:
        At most as many pods under a budget as it allows now. A pod under several budgets is
        among them always: only the server knows whether it still refuses those.
    """
    free = {name: b.allowed - in_flight.get(name, 0) for name, b in budgets.by_name.items()}
    chosen = []
    for pod in pods:
        over = budgets.over(pod)
        if len(over) == 1 and is_protected(pod, over[0]):
            if free[str(over[0])] <= 0:
                continue
            free[str(over[0])] -= 1
        chosen.append(pod)
    return chosen


def explain(pod: Pod, budgets: Budgets, words: str = "") -> Hold | None:
    """What holds a pod, None when nothing that is known does.

    Args:
        pod: the pod.
        budgets: all budgets.
        words: what the API server said when it last refused to evict this pod.
    """
    over = budgets.over(pod)
    names = tuple(str(budget) for budget in over)
    if pod.terminating:
        return Hold(pod, Cause.TERMINATING, "has been told to end and is still there", _LINGERING)
    if len(over) > 1 and not pod.finished and pod.phase != "Pending":
        text = f"is under {len(over)} disruption budgets ({', '.join(names)})"
        return Hold(pod, Cause.TWO_BUDGETS, text, _ONE_BUDGET, names)
    if over and is_protected(pod, over[0]) and over[0].allowed <= 0:
        cause, remedy = _classify(pod, over[0])
        return Hold(pod, cause, _counts(over[0]), remedy, names)
    if words:
        return Hold(pod, Cause.OTHER, f'is refused: "{words}"', _OTHER_REMEDY, names)
    return None


_LINGERING = (
    "none while its grace period lasts; later look for finalizers on the pod and for a kubelet"
    " that does not answer"
)
_ONE_BUDGET = "narrow the selectors so that one budget covers the pod, or delete the other budgets"
_OTHER_REMEDY = "do what the server's words ask for; the drain keeps trying meanwhile"


def _counts(budget: Budget) -> str:
    return (
        f"budget {budget} ({budget.limit or 'no limit set'}) needs {budget.desired} healthy and"
        f" has {budget.healthy} of {budget.expected} expected, disruptions allowed"
        f" {budget.allowed}"
    )


def _classify(pod: Pod, budget: Budget) -> tuple[Cause, str]:
    always = f"set unhealthyPodEvictionPolicy: AlwaysAllow on budget {budget}"
    if budget.settled and budget.expected > 0 and budget.desired >= budget.expected:
        return Cause.NEVER, _never_remedy(pod, budget)
    if pod.crash_looping:
        why = pod.waiting or f"{pod.restarts} restarts"
        return Cause.CRASH_LOOPING, f"repair the pod ({why}), or {always}"
    if not pod.ready:
        return Cause.WILL_PASS, f"the pod itself is not Ready; if it never becomes so, {always}"
    return Cause.WILL_PASS, ""


def _never_remedy(pod: Pod, budget: Budget) -> str:
    remedy = (
        f"loosen budget {budget} (for example maxUnavailable: 1) or raise the number of replicas"
    )
    owner = pod.owner
    if owner is None or owner.kind not in {"ReplicaSet", "StatefulSet"}:
        return remedy
    if owner.kind == "StatefulSet":
        return f"{remedy}, for the time of the drain"
    deployment = owner.name.rsplit("-", 1)[0]
    return (
        f"{remedy}, or move it without a gap, as its node is cordoned:"
        f" kubectl -n {pod.namespace} rollout restart deployment/{deployment}"
    )

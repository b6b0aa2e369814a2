"""Whether a pod fits on a node, and how well: pure functions over parsed values.

The words are those kube-scheduler writes into an unschedulable pod's condition (recording
`unschedulable`).
"""

from collections.abc import Mapping, Sequence

from include.rehearsal.kube.controllers.scheduling.needs import (
    Load,
    Needs,
    Place,
    Terms,
    Toleration,
)
from include.rehearsal.raw import Raw

CORDONED = "node(s) were unschedulable"
UNMATCHED = "node(s) didn't match Pod's node affinity/selector"
ELSEWHERE = "node(s) had volume node affinity conflict"
UNSPREAD = "node(s) didn't match pod topology spread constraints"
REPELLED = "node(s) didn't match pod anti-affinity rules"
REPELLING = "node(s) didn't satisfy existing pods anti-affinity rules"
UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"


def untolerated(
    place: Place, tolerations: Sequence[Toleration], effects: Sequence[str]
) -> Raw | None:
    """The first taint of these effects that nothing tolerates, or None."""
    for taint in place.taints:
        if taint["effect"] in effects and not any(each.tolerates(taint) for each in tolerations):
            return taint
    return None


def chosen_by(needs: Needs, place: Place) -> bool:
    """Whether the pod's nodeSelector and required node affinity allow the node."""
    if not needs.selector.matches(place.labels):
        return False
    if needs.affinity is None:
        return True
    return _any_holds(needs.affinity, place)


def _any_holds(terms: Terms, place: Place) -> bool:
    return any(
        labels.matches(place.labels) and (names is None or place.name in names)
        for labels, names in terms
    )


def why_not(needs: Needs, place: Place, load: Load) -> str | None:
    """The scheduler's word for why the pod does not fit on the node, None when it does.

    Looks at the node alone; spreading and anti-affinity look at the other nodes too, see the
    scheduler.
    """
    cordon = {"key": UNSCHEDULABLE_TAINT, "effect": "NoSchedule"}
    if place.unschedulable and not any(each.tolerates(cordon) for each in needs.tolerations):
        return CORDONED
    taint = untolerated(place, needs.tolerations, ("NoSchedule", "NoExecute"))
    if taint is not None:
        return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value') or ''}}}"
    if not chosen_by(needs, place):
        return UNMATCHED
    lacking = _lacking(needs, place, load)
    if lacking is None and not all(_any_holds(terms, place) for terms in needs.volumes):
        return ELSEWHERE
    return lacking


def _lacking(needs: Needs, place: Place, load: Load) -> str | None:
    """The resource of which the node has too little left."""
    if load.pods + 1 > place.pods:
        return "Too many pods"
    if needs.cpu and load.cpu + needs.cpu > place.cpu + 1e-9:
        return "Insufficient cpu"
    if needs.memory and load.memory + needs.memory > place.memory:
        return "Insufficient memory"
    return None


def could_preempt(reason: str, needs: Needs, place: Place) -> bool:
    """Whether removing other pods could help: not when the node itself is the obstacle."""
    if reason == "Insufficient cpu":
        return needs.cpu <= place.cpu
    if reason == "Insufficient memory":
        return needs.memory <= place.memory
    return reason in ("Too many pods", UNSPREAD, REPELLED, REPELLING)


def rank(needs: Needs, place: Place, load: Load, owner: str) -> tuple[float, ...]:
    """How good a fitting node is; smaller is better.

    Preferred affinity, soft taints, fewer pods of the same owner, then the least loaded.
    """
    wished = sum(weight for weight, labels in needs.preferred if labels.matches(place.labels))
    soft = sum(
        1
        for taint in place.taints
        if taint["effect"] == "PreferNoSchedule"
        and not any(each.tolerates(taint) for each in needs.tolerations)
    )
    used = load.cpu / place.cpu if place.cpu else 0.0
    full = load.pods / place.pods if place.pods else 1.0
    return (-wished, soft, load.owners.get(owner, 0), round(used + full, 6))


def unschedulable_message(reasons: Mapping[str, int], total: int, helpless: int) -> str:
    """The sentence of the condition PodScheduled=False.

    Args:
        reasons: how many nodes were refused, by the scheduler's word.
        total: how many nodes there are.
        helpless: on how many of them preemption cannot help.
    """
    if total == 0:
        return "no nodes available to schedule pods"
    words = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    parts = []
    if total - helpless:
        parts.append(f"{total - helpless} No preemption victims found for incoming pod")
    if helpless:
        parts.append(f"{helpless} Preemption is not helpful for scheduling")
    preemption = ", ".join(sorted(parts))
    return (
        f"0/{total} nodes are available: {words}. no new claims to deallocate, "
        f"preemption: 0/{total} nodes are available: {preemption}."
    )

"""Whether a pod fits on a node, and how well: pure functions over parsed values.

The reasons are worded as kube-scheduler writes them into an unschedulable pod's condition
(recording `unschedulable`).
"""

from collections.abc import Mapping, Sequence

from include.rehearsal.kube.controllers.scheduling.needs import (
    Load,
    Needs,
    NodeView,
    Terms,
    Toleration,
)
from include.rehearsal.raw import Raw

CORDONED = "node(s) were unschedulable"
NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"
VOLUME_ELSEWHERE = "node(s) had volume node affinity conflict"
TOPOLOGY_SPREAD = "node(s) didn't match pod topology spread constraints"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules"
UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"


def untolerated(
    node: NodeView, tolerations: Sequence[Toleration], effects: Sequence[str]
) -> Raw | None:
    """The first taint of these effects that nothing tolerates, or None."""
    for taint in node.taints:
        if taint["effect"] in effects and not any(each.tolerates(taint) for each in tolerations):
            return taint
    return None


def is_selected(needs: Needs, node: NodeView) -> bool:
    """Whether the pod's nodeSelector and required node affinity allow the node."""
    if not needs.selector.matches(node.labels):
        return False
    if needs.affinity is None:
        return True
    return _any_holds(needs.affinity, node)


def _any_holds(terms: Terms, node: NodeView) -> bool:
    return any(
        labels.matches(node.labels) and (names is None or node.name in names)
        for labels, names in terms
    )


def why_not(needs: Needs, node: NodeView, load: Load) -> str | None:
    """The scheduler's reason why the pod does not fit on the node, None when it does.

    Looks at the node alone; spreading and anti-affinity look at the other nodes too, see the
    scheduler.
    """
    # In the order of kube-scheduler's filters: a node is counted under the first that fails.
    cordon = {"key": UNSCHEDULABLE_TAINT, "effect": "NoSchedule"}
    if node.unschedulable and not any(each.tolerates(cordon) for each in needs.tolerations):
        return CORDONED
    taint = untolerated(node, needs.tolerations, ("NoSchedule", "NoExecute"))
    if taint is not None:
        return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value') or ''}}}"
    if not is_selected(needs, node):
        return NOT_SELECTED
    lacking = _lacking(needs, node, load)
    if lacking is None and not all(_any_holds(terms, node) for terms in needs.volumes):
        return VOLUME_ELSEWHERE
    return lacking


def _lacking(needs: Needs, node: NodeView, load: Load) -> str | None:
    """The resource of which the node has too little left."""
    if load.pods + 1 > node.pods:
        return "Too many pods"
    # Tenths of cores do not add up exactly as floats; without the margin the last pod that
    # just fits would be refused.
    if needs.cpu and load.cpu + needs.cpu > node.cpu + 1e-9:
        return "Insufficient cpu"
    if needs.memory and load.memory + needs.memory > node.memory:
        return "Insufficient memory"
    return None


def could_preempt(reason: str, needs: Needs, node: NodeView) -> bool:
    """Whether removing other pods could help: not when the node itself is the obstacle."""
    if reason == "Insufficient cpu":
        return needs.cpu <= node.cpu
    if reason == "Insufficient memory":
        return needs.memory <= node.memory
    return reason in ("Too many pods", TOPOLOGY_SPREAD, ANTI_AFFINITY, EXISTING_ANTI_AFFINITY)


def rank(needs: Needs, node: NodeView, load: Load, owner: str) -> tuple[float, ...]:
    """How good a fitting node is; smaller is better.

    Preferred affinity, soft taints, fewer pods of the same owner, then the least loaded.
    """
    wished = sum(weight for weight, labels in needs.preferred if labels.matches(node.labels))
    soft = sum(
        1
        for taint in node.taints
        if taint["effect"] == "PreferNoSchedule"
        and not any(each.tolerates(taint) for each in needs.tolerations)
    )
    used = load.cpu / node.cpu if node.cpu else 0.0
    full = load.pods / node.pods if node.pods else 1.0
    # Rounded, so that the order of additions and subtractions before does not show in a rank.
    return (-wished, soft, load.owners.get(owner, 0), round(used + full, 6))


def unschedulable_message(reasons: Mapping[str, int], total: int, not_preemptible: int) -> str:
    """The sentence of the condition PodScheduled=False.

    Args:
        reasons: how many nodes were refused, by the scheduler's reason.
        total: how many nodes there are.
        not_preemptible: on how many of them preemption cannot help.
    """
    if total == 0:
        return "no nodes available to schedule pods"
    refused = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    parts = []
    if total - not_preemptible:
        parts.append(f"{total - not_preemptible} No preemption victims found for incoming pod")
    if not_preemptible:
        parts.append(f"{not_preemptible} Preemption is not helpful for scheduling")
    preemption = ", ".join(sorted(parts))
    return (
        f"0/{total} nodes are available: {refused}. no new claims to deallocate, "
        f"preemption: 0/{total} nodes are available: {preemption}."
    )

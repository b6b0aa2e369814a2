"""A budget's numbers as its spec and the scale of its workloads make them.

The disruption controller's own arithmetic (kubernetes/kubernetes
`pkg/controller/disruption/disruption.go`). Its status already has the numbers, but of one moment:
a `minAvailable` that is a number is held against the pods that there are right now, so that a
Deployment in mid-rollout has one too many or one too few; a budget just written has none yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from include.eks_upgrade.kube.objects import Budget, Pod
from include.eks_upgrade.kube.workloads.scale import Scale, scaled


def at_full_scale(budget: Budget, covered: Collection[Pod], scales: Mapping[str, Scale]) -> Budget:
    """The budget with the numbers that hold once all its workloads are as large as they are to be.

    Args:
        budget: as the API server has it.
        covered: all pods that it counts, wherever they are.
        scales: the Deployments and StatefulSets, by `Pod.family`.

    Returns:
        The same budget where its status says all there is to know: it cannot be computed
        (`trouble`), or the scale of one of its workloads is not known here.
    """
    kind, _, value = budget.limit.partition(" ")
    if budget.trouble or kind not in {"minAvailable", "maxUnavailable"}:
        return budget
    if kind == "minAvailable" and not value.endswith("%"):
        return _counted(budget, int(value), covered, scales)
    if budget.settled:
        return budget  # the controller, too, counts on the scale of the owners here
    return _scaled(budget, kind, value, covered, scales)


def _counted(
    budget: Budget, number: int, covered: Collection[Pod], scales: Mapping[str, Scale]
) -> Budget:
    """With a minAvailable that is a number: the pods themselves count, whoever owns them.

    The controller counts finished pods as well (of the Job that made a database, say), which will
    never be healthy: they are left out, or such a budget would seem to have room.
    """
    alive = [pod for pod in covered if not pod.finished]
    families = {pod.family for pod in alive if pod.family in scales}
    expected = sum(scales[family].wanted for family in families) + sum(
        pod.family not in scales for pod in alive
    )
    # What is not known may be growing or shrinking at this moment: then the status stands.
    known = all(pod.family in scales or pod.owner is None or budget.settled for pod in alive)
    if not known:
        return budget
    if not expected:
        return _on_the_way_out(budget)
    return replace(budget, settled=True, expected=expected, desired=number, healthy=_healthy(alive))


def _scaled(
    budget: Budget, kind: str, value: str, covered: Collection[Pod], scales: Mapping[str, Scale]
) -> Budget:
    """With another limit: the scale of the owners counts, and pods without one are left out.

    Finished pods are looked at all the same, so that one of a Job is enough to fail it all.
    """
    owned = [pod for pod in covered if pod.owner is not None]
    unscaled = [pod for pod in owned if _has_no_scale(pod)]
    if unscaled:
        trouble = f"{unscaled[0].family} does not implement the scale subresource"
        return replace(budget, settled=True, trouble=trouble)
    families = {pod.family for pod in owned}
    if any(family not in scales for family in families):
        return budget
    expected = sum(scales[family].wanted for family in families)
    if families and not expected:
        return _on_the_way_out(budget)
    return replace(
        budget,
        settled=True,
        expected=expected,
        desired=desired_healthy(kind, value, expected),
        healthy=_healthy(covered),
    )


def _on_the_way_out(budget: Budget) -> Budget:
    """A workload that was scaled to nothing takes its pods away by itself: nothing is settled."""
    return replace(budget, settled=False)


def _has_no_scale(pod: Pod) -> bool:
    return pod.owner is not None and (pod.owner.job or pod.owner.daemonset)


def _healthy(pods: Collection[Pod]) -> int:
    return sum(pod.ready and not pod.terminating and not pod.finished for pod in pods)


def desired_healthy(kind: str, value: str, expected: int) -> int:
    """How many pods must stay healthy.

    Args:
        kind: minAvailable or maxUnavailable.
        value: `3` or `50%`; percentages of either kind are rounded up.
        expected: how many pods are counted on.
    """
    number = scaled(value, expected, up=True)
    return number if kind == "minAvailable" else max(0, expected - number)

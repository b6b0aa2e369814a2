"""A budget's numbers as its spec and the scale of its workloads make them.

The disruption controller's own arithmetic (kubernetes/kubernetes
`pkg/controller/disruption/disruption.go`). Its status already has the numbers, but of one moment:
a `minAvailable` that is a number is held against the pods that there are right now, so that a
Deployment in mid-rollout has one too many or one too few; a budget just written has none yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from include.eks_upgrade.kube.objects import Budget, Pod
from include.eks_upgrade.kube.scale import Scale, scaled


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
    alive = [pod for pod in covered if not pod.finished]
    expected = _expected(alive, scales)
    if budget.trouble or expected is None or kind not in {"minAvailable", "maxUnavailable"}:
        return budget
    if budget.settled and (kind == "maxUnavailable" or value.endswith("%")):
        return budget  # the controller, too, counts on the scale of the owners here
    return replace(
        budget,
        settled=True,
        expected=expected,
        desired=desired_healthy(kind, value, expected),
        healthy=sum(pod.ready and not pod.terminating for pod in alive),
    )


def desired_healthy(kind: str, value: str, expected: int) -> int:
    """How many pods must stay healthy.

    Args:
        kind: minAvailable or maxUnavailable.
        value: `3` or `50%`; percentages of either kind are rounded up.
        expected: how many pods are counted on.
    """
    number = scaled(value, expected, up=True)
    return number if kind == "minAvailable" else max(0, expected - number)


def _expected(pods: Collection[Pod], scales: Mapping[str, Scale]) -> int | None:
    """What the workloads of these pods are to have together; None when one does not tell."""
    families = {pod.family for pod in pods}
    if any(family not in scales for family in families):
        return None
    # A workload that is being scaled to nothing is on its way out by itself.
    return sum(scales[family].wanted for family in families) or None

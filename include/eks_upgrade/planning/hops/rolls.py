"""At which minors each node group is replaced on a way over several minors. Pure.

A group is replaced as late as the skew policy allows: where the next move of the control plane
would leave its kubelets too far behind, and at the end. No other choice needs fewer replacements
of it, for each brings its kubelets to the newest minor that they can have by then.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from include.eks_upgrade.common.skew import trails_too_far
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.hops.model import RollNodes, Standing

Rolls = Mapping[str, tuple[Minor, ...]]
"""By node group the minors at which it is replaced, in order; empty for one that is not."""


def minors_on_the_way(present: Minor, final: Minor) -> tuple[Minor, ...]:
    """The present minor and all that follow, up to the final one."""
    minors = [present]
    while minors[-1] < final and minors[-1].major == final.major:
        minors.append(minors[-1].next())
    return tuple(minors)


def plan_rolls(standing: Standing, final: Minor, policy: RollNodes) -> Rolls:
    """When each group of the standing is replaced."""
    minors = minors_on_the_way(standing.present, final)
    return {name: tuple(_rolls(name, standing, minors, policy)) for name in standing.groups}


def _rolls(
    name: str, standing: Standing, minors: tuple[Minor, ...], policy: RollNodes
) -> Iterator[Minor]:
    kubelet = standing.groups[name]
    for here, next_minor in pairwise((*minors, None)):
        assert here is not None  # noqa: S101 only the last one is none
        if kubelet is not None and kubelet >= here:
            continue
        if next_minor is None:
            yield here
        elif here == standing.present:
            if _before(name, standing, kubelet, policy, next_minor):
                yield here
                kubelet = here
        elif policy is RollNodes.EVERY_HOP or (kubelet and trails_too_far(kubelet, next_minor)):
            yield here
            kubelet = here


def _before(
    name: str, standing: Standing, kubelet: Minor | None, policy: RollNodes, next_minor: Minor
) -> bool:
    """Whether a group that trails is brought up before the control plane moves at all."""
    if name in standing.first or kubelet is None:
        return name in standing.first
    trailing = policy in {RollNodes.EVERY_HOP, RollNodes.FIRST}
    return trailing or trails_too_far(kubelet, next_minor)


def why_here(
    standing: Standing, minor: Minor, final: Minor, policy: RollNodes, rolled: tuple[str, ...]
) -> str:
    """Why these groups are replaced at this minor."""
    reasons = dict.fromkeys(standing.first[name] for name in rolled if name in standing.first)
    if minor == standing.present and reasons:
        return "; ".join(reasons)
    if minor == final:
        return "it is the last hop"
    if policy is RollNodes.EVERY_HOP:
        return "roll_nodes is every_hop"
    if minor == standing.present and policy is RollNodes.FIRST:
        return "roll_nodes is first"
    return f"their kubelets would trail {minor.next()} too far"

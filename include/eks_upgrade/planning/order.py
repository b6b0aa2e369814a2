"""In which order node groups are replaced: a canary by itself, then so many at a time."""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.request import UpgradeRequest


def ordered_groups(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> tuple[str, ...]:
    """The groups to be replaced, in the order in which they are; the first is the canary.

    Groups that a person named go as they were written. Otherwise a group that an earlier run left
    half-way goes first, so that it does not stay so for longer than it must; then the smallest,
    because what goes wrong there costs least; a group without a node, which would prove nothing,
    goes last. `canary_group` is put before them all.
    """
    rolled = groups_to_roll(request, target, facts)
    if request.node_groups:
        ordered = [name for name in dict.fromkeys(request.node_groups) if name in rolled]
    else:
        ordered = sorted(rolled, key=lambda name: _weight(name, target, facts))
    # A stable sort: all others keep their places.
    return tuple(sorted(ordered, key=lambda name: name != request.canary_group))


def _weight(name: str, target: Minor, facts: ClusterFacts) -> tuple[bool, bool, int, str]:
    nodes = len(facts.group_kubelets(name)) or _desired(name, facts)
    begun = replacement_name(name, str(target)) in facts.node_groups
    return not begun, nodes == 0, nodes, name


def _desired(name: str, facts: ClusterFacts) -> int:
    return int(facts.node_groups[name].get("scalingConfig", {}).get("desiredSize") or 0)


def order_lines(ordered: Sequence[str], at_once: int) -> Iterator[str]:
    """The order as a line of the plan; a single group needs none."""
    if len(ordered) < 2:
        return
    rest = ", ".join(ordered[1:])
    pace = "one after the other" if at_once == 1 else f"{at_once} at a time"
    yield f"order of the node groups: 1. {ordered[0]}, the canary, by itself; 2. {pace}: {rest}"


def canary_problems(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> list[Problem]:
    """A canary that is not among the groups of this run.

    One that an earlier run has replaced already has done its service: a run that is started again
    with the same parameters is not refused for it.
    """
    canary = request.canary_group
    if not canary or canary in groups_to_roll(request, target, facts):
        return []
    if canary not in facts.node_groups:
        if replacement_name(canary, str(target)) in facts.node_groups:
            return []
        existing = ", ".join(sorted(facts.node_groups)) or "none"
        what = f"the cluster has no managed node group {canary!r}; it has: {existing}"
        return [Problem("canary_group", what, "correct it, or leave it empty")]
    if request.node_groups and canary not in request.node_groups:
        what = f"{canary!r} is not among node_groups, so this run does not replace it"
        return [Problem("canary_group", what, "add it to node_groups, or name one of them")]
    return []

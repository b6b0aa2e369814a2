"""Which node groups the run replaces, and what keeps one from being replaced."""

from collections.abc import Iterator

from include.eks_upgrade.aws.facts import ClusterFacts, health_text
from include.eks_upgrade.aws.statuses import group_in_motion
from include.eks_upgrade.common.counting import agreeing
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.nodes.managed.marks import mark_of
from include.eks_upgrade.nodes.managed.new_group.names import name_problem, replacement_name
from include.eks_upgrade.planning.hops.rolls import plan_rolls
from include.eks_upgrade.planning.preflight.rules.chosen import chosen_groups, groups_behind
from include.eks_upgrade.planning.preflight.rules.standing import (
    final_minor,
    roll_policy,
    standing_of,
)
from include.eks_upgrade.planning.preflight.rules.target import target_problems
from include.eks_upgrade.request import UpgradeRequest

_GOING = frozenset({"DELETING", "DELETE_FAILED"})
_REPLACEMENT_REMEDY = "look at it in the EKS console, delete it, and run again"


def groups_to_roll(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> tuple[str, ...]:
    """Chosen groups that this run replaces.

    All that are not yet at the target; on a way over several minors only those whose turn is at
    this hop. A way that is refused has no hops: all are judged, so that all is told at once.
    """
    behind = groups_behind(request, target, facts)
    final = final_minor(request, target)
    if final == target or target_problems(request, facts):
        return behind
    rolls = plan_rolls(standing_of(request, facts), final, roll_policy(request))
    return tuple(name for name in behind if target in rolls.get(name, ()))


def next_roll(request: UpgradeRequest, name: str, facts: ClusterFacts) -> Minor | None:
    """The minor at which a group is replaced next on the way to the version asked for."""
    final = final_minor(request, facts.present)
    minors = plan_rolls(standing_of(request, facts), final, roll_policy(request)).get(name, ())
    return next(iter(minors), None)


def finished_groups(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> tuple[str, ...]:
    """Named groups that are gone because their replacement for the target stands."""
    return tuple(
        name
        for name in sorted(set(request.node_groups) - set(facts.node_groups))
        if replacement_name(name, str(target)) in facts.node_groups
    )


def group_problems(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts
) -> tuple[Problem, ...]:
    """Unknown groups, groups in no state to be replaced, and names that cannot be."""
    rolled = groups_to_roll(request, target, facts)
    problems = list(_unknown_groups(request, target, facts))
    for name in rolled:
        new = replacement_name(name, str(target))
        nodes = len(facts.group_kubelets(name))
        standing = facts.node_groups.get(new)
        problems += state_problems(facts.node_groups[name], name, standing, nodes=nodes)
        problems += standing_replacement_problems(facts, new, name)
        naming = name_problem(name, str(target))
        problems += [naming] if naming else []
    return (*problems, *_collisions(rolled, target))


def _unknown_groups(
    request: UpgradeRequest, target: Minor, facts: ClusterFacts
) -> tuple[Problem, ...]:
    unknown = set(request.node_groups) - set(facts.node_groups)
    unknown -= set(finished_groups(request, target, facts))
    existing = ", ".join(sorted(facts.node_groups)) or "none"
    return tuple(
        Problem(
            f"node group {name!r}",
            f"cluster {request.cluster!r} has no managed node group of this name; it has: "
            f"{existing}",
            "correct node_groups, or leave it empty for all of them",
        )
        for name in sorted(unknown)
    )


def state_problems(group: Raw, name: str, replacement: Raw | None, *, nodes: int) -> list[Problem]:
    """Why a group in that state cannot be replaced now.

    A group that is updated or deleted beside its replacement is a run continued. One that is not
    well is replaced as long as it has nodes; `group_states.py` says what is told of it then.

    Args:
        group: raw DescribeNodegroup.
        name: of the group.
        replacement: the raw new group, where it stands already.
        nodes: how many nodes the group has.
    """
    status = group.get("status", "unknown")
    continued = replacement is not None and status in {*_GOING, "UPDATING"}
    if continued or status in {"ACTIVE", "DEGRADED"} or (status == "CREATE_FAILED" and nodes):
        return []
    health = health_text(group)
    what = f"its status is {status}, not ACTIVE" + (f" ({health})" if health else "")
    passes = group_in_motion(group)
    if passes:
        remedy = "wait until that has come to its end, then run again"
    elif status == "CREATE_FAILED":
        remedy = "delete it, it has no node and can only be deleted; or leave it out of node_groups"
    else:
        remedy = "repair what its health issues name, or leave it out of node_groups"
    return [Problem(f"node group {name!r}", what, remedy, passes=passes)]


def standing_replacement_problems(facts: ClusterFacts, new: str, old: str) -> list[Problem]:
    """A replacement from a run that died may stand or be in the making, but not be broken."""
    raw = facts.node_groups.get(new)
    if raw is None or new == old:
        return []
    status = raw.get("status", "unknown")
    if mark_of(raw) is not None:
        return [_fenced_replacement(new, old)]
    if group_in_motion(raw) or status in {"ACTIVE", "DEGRADED"}:
        return []
    health = health_text(raw)
    what = f"the replacement of {old!r} exists already with status {status}"
    what += f" ({health})" if health else ""
    return [Problem(f"node group {new!r}", what, _REPLACEMENT_REMEDY, passes=status == "DELETING")]


def _fenced_replacement(new: str, old: str) -> Problem:
    """Its pods were brought back to the old nodes: as it is, it can take none."""
    what = f"it is to take the pods of {old!r}, and it is fenced: they were brought back from it"
    remedy = (
        "delete it if what was wrong with it is not mended, or give it back with the release "
        f"(node_groups: {new}), then run again"
    )
    return Problem(f"node group {new!r}", what, remedy)


def _collisions(rolled: tuple[str, ...], target: Minor) -> tuple[Problem, ...]:
    """Old groups that would be replaced by one and the same group."""
    by_replacement: dict[str, list[str]] = {}
    for name in rolled:
        by_replacement.setdefault(replacement_name(name, str(target)), []).append(name)
    return tuple(
        Problem(
            f"node groups {', '.join(names)}",
            f"each would be replaced by a group of the same name, {new!r}",
            "name one of them in node_groups, and replace the others by hand",
        )
        for new, names in by_replacement.items()
        if len(names) > 1
    )


def left_behind(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> Iterator[str]:
    """Node groups the parameters do not choose, which will trail the new control plane."""
    chosen = set(chosen_groups(request, facts))
    for name in sorted(set(facts.node_groups) - chosen):
        version = facts.group_version(name)
        if version is not None and version < target:
            yield f"node group {name} is not chosen and stays at {version}"


def few_nodes(rolled: tuple[str, ...], facts: ClusterFacts) -> Iterator[str]:
    """Groups whose new nodes may come up in other zones than the old ones."""
    few = [
        name
        for name in rolled
        if 0 < len(facts.group_kubelets(name)) < len(facts.node_groups[name].get("subnets") or ())
    ]
    if few:
        yield (
            f"{agreeing(len(few), 'node group')} {first_few(few)}: fewer nodes than subnets,"
            " so the new ones may come "
            "up in other zones; if a pod's volume then has no node in its zone, the run stops "
            "before the fence. With extra_nodes there is a node in each"
        )

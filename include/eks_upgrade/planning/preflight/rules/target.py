"""Which version the run goes to, and why it may not.

A run moves the control plane by one minor: the next one on the way to the version asked for, which
may be several ahead. Or it moves none, and its target equals the present version: it finishes a run
that died, which is accepted only where facts show something to continue, or it brings nodes up that
would trail the next minor too far.
"""

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.updates.state import goes_to, update_target
from include.eks_upgrade.common.counting import agreeing
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor, minors_between, read_minor
from include.eks_upgrade.planning.hops.rolls import minors_on_the_way, plan_rolls
from include.eks_upgrade.planning.preflight.rules.chosen import chosen_groups
from include.eks_upgrade.planning.preflight.rules.standing import roll_policy, standing_of
from include.eks_upgrade.request import UpgradeRequest

_SUBJECT = "target_version"


def choose_target(request: UpgradeRequest, facts: ClusterFacts) -> Minor | None:
    """The version of this run; None when the text asked for is no version.

    An empty target means the next minor. Two cases come first, so that a run that died is
    finished before the cluster moves again: a version update that is running is adopted, and
    after one that succeeded, chosen node groups that still trail are brought up.
    """
    planned = read_minor(request.hop_version)
    if planned is not None and planned >= facts.present:
        return planned
    asked = read_minor(request.target_version)
    if request.target_version and (asked is None or _distance(facts.present, asked) <= 0):
        return asked
    running = facts.running_update()
    if running is not None and running.get("type") == "VersionUpdate":
        adopted = read_minor(update_target(running)) or facts.present.next()
        return adopted if asked is None else min(adopted, asked)
    if asked is None and _came_by_update(facts, "Successful") and trailing_groups(request, facts):
        return facts.present
    return _next_hop(request, facts, asked or facts.present.next())


def _next_hop(request: UpgradeRequest, facts: ClusterFacts, final: Minor) -> Minor:
    """The next minor; the present one where nodes have to be brought up to it before."""
    rolls = plan_rolls(standing_of(request, facts), final, roll_policy(request))
    stays = any(facts.present in minors for minors in rolls.values())
    return facts.present if stays else facts.present.next()


def target_problems(request: UpgradeRequest, facts: ClusterFacts) -> tuple[Problem, ...]:
    """Why the target cannot be: no version, older, equal without need, or not offered."""
    target = read_minor(request.target_version) or choose_target(request, facts)
    if target is None or (request.target_version and read_minor(request.target_version) is None):
        what = f"{request.target_version!r} is not a Kubernetes version"
        return (
            Problem(_SUBJECT, what, f"write it like {facts.present.next()}, or leave it empty"),
        )
    distance = _distance(facts.present, target)
    if distance < 0:
        what = f"{target} is older than the cluster's {facts.present}, and a run only goes forward"
        return (Problem(_SUBJECT, what, f"choose {facts.present.next()} or leave it empty"),)
    if distance == 0:
        return _equal_problems(request, facts)
    if target.major != facts.present.major:
        what = f"{target} is of another major version than {facts.present}, and no hop leads there"
        return (Problem(_SUBJECT, what, f"choose {facts.present.next()} or leave it empty"),)
    return _offer_problems(target, facts)


def trailing_groups(request: UpgradeRequest, facts: ClusterFacts) -> tuple[str, ...]:
    """Chosen node groups whose nodes run an older minor than the control plane."""
    minors = {name: facts.group_version(name) for name in chosen_groups(request, facts)}
    return tuple(name for name, minor in minors.items() if minor and minor < facts.present)


def control_plane_needed(target: Minor, facts: ClusterFacts) -> bool:
    """Whether the control plane is still to be moved, or is moving to the target right now."""
    return facts.present < target or _adoptable(target, facts)


def _adoptable(target: Minor, facts: ClusterFacts) -> bool:
    running = facts.running_update()
    return running is not None and goes_to(running, target)


def _came_by_update(facts: ClusterFacts, *statuses: str) -> bool:
    """Whether a version update to the present version is known, in one of the statuses."""
    return any(
        goes_to(update, facts.present) and update.get("status") in statuses
        for update in facts.updates
    )


def _equal_problems(request: UpgradeRequest, facts: ClusterFacts) -> tuple[Problem, ...]:
    if _came_by_update(facts, "Successful", "InProgress") or trailing_groups(request, facts):
        return ()
    what = (
        f"the cluster is already at {facts.present}, no known update brought it there and no "
        "chosen node group trails it, so there is nothing to continue"
    )
    return (Problem(_SUBJECT, what, f"choose {facts.present.next()} or leave it empty"),)


def _offer_problems(target: Minor, facts: ClusterFacts) -> tuple[Problem, ...]:
    if facts.offered_versions is None:
        return ()
    offered = [str(one.get("clusterVersion", "")) for one in facts.offered_versions]
    on_the_way = minors_on_the_way(facts.present, target)
    missing = [minor for minor in on_the_way[1:] if str(minor) not in offered]
    if not missing:
        return ()
    listed = first_few(missing)
    what = f"EKS does not offer {listed} in this region; it offers {', '.join(offered) or 'none'}"
    reached = missing[0].previous()
    stay = "leave the cluster at" if reached == facts.present else "choose"
    remedy = f"wait until EKS offers {agreeing(len(missing), 'it', 'them')}, or {stay} {reached}"
    return (Problem(_SUBJECT, what, remedy),)


def _distance(present: Minor, target: Minor) -> int:
    """Minors ahead; another major version counts as very far, in its direction."""
    if present.major != target.major:
        return 1000 if target > present else -1000
    return minors_between(present, target)

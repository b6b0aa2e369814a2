"""Which version the run goes to, and why it may not.

A run moves the control plane by one minor, or finishes a run that died: then the target
equals the present version, which is accepted only where facts show something to continue.
"""

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.update_state import goes_to, update_target
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.versions import Minor, minors_between, read_minor
from include.eks_upgrade.planning.preflight.groups import chosen_groups
from include.eks_upgrade.request import UpgradeRequest

_SUBJECT = "target_version"


def choose_target(request: UpgradeRequest, facts: ClusterFacts) -> Minor | None:
    """The version asked for; None when the text is no version.

    An empty target means the next minor. Two cases come first, so that a run that died is
    finished before the cluster moves again: a version update that is running is adopted, and
    after one that succeeded, chosen node groups that still trail are brought up.
    """
    if request.target_version:
        return read_minor(request.target_version)
    running = facts.running_update()
    if running is not None and running.get("type") == "VersionUpdate":
        return read_minor(update_target(running)) or facts.present.next()
    if _came_by_update(facts, "Successful") and trailing_groups(request, facts):
        return facts.present
    return facts.present.next()


def target_problems(request: UpgradeRequest, facts: ClusterFacts) -> tuple[Problem, ...]:
    """Why the target cannot be: no version, older, equal, too far, or not offered."""
    target = choose_target(request, facts)
    if target is None:
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
    if distance > 1:
        what = (
            f"{target} is {distance} minors ahead of {facts.present}, and EKS moves one at a time"
        )
        remedy = f"choose {facts.present.next()} first, then run again for the next one"
        return (Problem(_SUBJECT, what, remedy),)
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
    if str(target) in offered:
        return ()
    what = f"EKS does not offer {target} in this region; it offers {', '.join(offered) or 'none'}"
    remedy = f"wait until EKS offers {target}, or leave the cluster at {facts.present}"
    return (Problem(_SUBJECT, what, remedy),)


def _distance(present: Minor, target: Minor) -> int:
    """Minors ahead; another major version counts as very far, in its direction."""
    if present.major != target.major:
        return 1000 if target > present else -1000
    return minors_between(present, target)

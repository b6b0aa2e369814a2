"""Whether the cluster itself is in a state to be upgraded.

Asked are its status, running updates, health, the kubelets that would trail too far, and the
free addresses of its subnets.
"""

from include.eks_upgrade.aws.facts import ClusterFacts, health_text
from include.eks_upgrade.aws.statuses import cluster_in_motion
from include.eks_upgrade.aws.updates.state import (
    goes_to,
    in_progress,
    rollback_problem,
    running_rollback,
    update_target,
)
from include.eks_upgrade.aws.updates.words import update_words
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.skew import trails_too_far
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.planning.preflight.rules.target import control_plane_needed

FREE_ADDRESSES = 5
"""Free addresses that EKS wants in each of the cluster's subnets before it begins
(https://github.com/aws/containers-roadmap/issues/1693). Whether one such subnet in a zone would do
is not known; AWS's own words are "in each subnet"."""

MAX_LISTED_NODES = 10


def cluster_problems(target: Minor, facts: ClusterFacts) -> tuple[Problem, ...]:
    """Everything about the cluster itself that stops the run."""
    problems = (*state_problems(target, facts), *health_problems(facts))
    if not control_plane_needed(target, facts):
        return problems
    room = subnet_problems(facts) if facts.running_update() is None else ()
    return (*problems, *skew_problems(target, facts), *room)


def state_problems(target: Minor, facts: ClusterFacts) -> tuple[Problem, ...]:
    """A cluster that is at work on something else, or is not ACTIVE."""
    subject = f"cluster {facts.cluster['name']!r}"
    running = facts.running_update()
    rollback = running_rollback(facts.updates)
    if rollback is not None:
        return (rollback_problem(rollback, str(facts.cluster["name"])),)
    if running is not None and goes_to(running, target):
        return ()
    if running is not None:
        remedy = "wait until that update has ended, then run again"
        return tuple(
            Problem(subject, _update_text(one), remedy, passes=True)
            for one in in_progress(facts.updates)
        )
    status = facts.cluster.get("status", "unknown")
    if status == "ACTIVE":
        return ()
    remedy = "wait until it is ACTIVE; repair it first if its status names a failure"
    what = f"its status is {status}, not ACTIVE"
    return (Problem(subject, what, remedy, passes=cluster_in_motion(facts.cluster)),)


def _update_text(update: Raw) -> str:
    """One update by its own word, with what it does where that is known."""
    does, to = update_words(update.get("type")), update_target(update)
    text = f"update {update.get('id')} of type {update.get('type')} is in progress"
    text += f" (to {to})" if to else ""
    return f"{text}; it {does}" if does else text


def health_problems(facts: ClusterFacts) -> tuple[Problem, ...]:
    """What EKS itself reports of the cluster's health."""
    health = health_text(facts.cluster)
    if not health:
        return ()
    remedy = "repair what the issues name; EKS may need up to 3 hours to notice the repair"
    return (Problem(f"cluster {facts.cluster['name']!r}", f"EKS reports {health}", remedy),)


def skew_problems(target: Minor, facts: ClusterFacts) -> tuple[Problem, ...]:
    """Kubelets that Kubernetes does not allow below the target's control plane.

    See `common/skew.py`.
    """
    behind = {
        node: minor
        for node, (version, _) in sorted(facts.kubelets.items())
        if (minor := read_minor(version)) is not None and trails_too_far(minor, target)
    }
    if not behind:
        return ()
    names = [f"{node} ({minor})" for node, minor in behind.items()]
    what = (
        f"{counted(len(names), 'node runs', 'nodes run')} a kubelet too old for a {target}"
        " control plane (three minors "
        f"may lie between, two for kubelets before 1.25): {first_few(names, MAX_LISTED_NODES)}"
    )
    remedy = (
        f"first replace these nodes at {facts.present}: run with target_version={facts.present} "
        "for their managed groups, and replace self-managed, Fargate and hybrid nodes by hand"
    )
    return (Problem("kubelets", what, remedy),)


def subnet_problems(facts: ClusterFacts) -> tuple[Problem, ...]:
    """Subnets of the cluster that are gone, or too full for a new control plane."""
    wanted = facts.cluster.get("resourcesVpcConfig", {}).get("subnetIds") or ()
    free = {one["SubnetId"]: int(one["AvailableIpAddressCount"]) for one in facts.subnets}
    gone = tuple(
        Problem(
            f"subnet {name}",
            "the cluster was made with it and EC2 does not know it (any more)",
            "give the cluster other subnets with UpdateClusterConfig, in the same zones",
        )
        for name in wanted
        if name not in free
    )
    full = tuple(
        Problem(
            f"subnet {name}",
            f"{counted(count, 'free address', 'free addresses')}, and EKS refuses to update a"
            " control plane unless each of "
            f"the cluster's subnets has {FREE_ADDRESSES}",
            "free addresses, or give the cluster other subnets with UpdateClusterConfig",
        )
        for name, count in sorted(free.items())
        if count < FREE_ADDRESSES
    )
    return (*gone, *full)


def subnet_warnings(facts: ClusterFacts) -> tuple[str, ...]:
    """Subnets that have just what EKS wants, for nodes and pods take addresses meanwhile.

    And those that are all in one zone, where EKS wants two for its control plane:
    https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
    """
    few = tuple(
        f"subnet {one['SubnetId']} has {one['AvailableIpAddressCount']} free addresses; AWS "
        "advises six in each subnet of the cluster"
        for one in facts.subnets
        if int(one["AvailableIpAddressCount"]) == FREE_ADDRESSES
    )
    zones = {str(one.get("AvailabilityZone") or "") for one in facts.subnets}
    if len(zones) != 1 or "" in zones or facts.cluster.get("outpostConfig"):
        return few
    return (
        *few,
        f"all subnets of the cluster that exist are in {zones.pop()}; EKS wants them in two zones "
        "at least for a control plane",
    )

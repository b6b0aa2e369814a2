"""The add-ons' versions on a way over several minors. Pure.

Each hop is planned from what the one before it leaves, by the very rules of one hop
(`addons/plan.py`), so an add-on that moves one minor at a time climbs with the hops.
"""

from collections.abc import Iterator
from dataclasses import replace

from include.eks_upgrade.addons.plan import AddonWays, plan_addons
from include.eks_upgrade.addons.versions import FOLLOWS_CONTROL_PLANE, version_key
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.skew import trails_too_far
from include.eks_upgrade.common.versions import Minor

KUBE_PROXY = next(iter(FOLLOWS_CONTROL_PLANE))


def addons_at(
    conflicts: str, facts: ClusterFacts, way: tuple[Minor, ...]
) -> Iterator[tuple[AddonWays, ClusterFacts]]:
    """The add-ons' ways at each hop, with the facts from which they were planned.

    Args:
        conflicts: resolveConflicts of every update.
        facts: what is before the first hop.
        way: the control plane's minor after each hop; the first may be the present one.
    """
    for target in way:
        moves = facts.present < target and facts.running_update() is None
        ways = plan_addons(conflicts, target, facts, control_plane=moves)
        yield ways, facts
        facts = _after(facts, ways, target)


def kube_proxy_problem(
    facts: ClusterFacts, ways: AddonWays, target: Minor, self_managed: Minor | None
) -> Problem | None:
    """Why kube-proxy keeps the control plane from the target; None where it does not."""
    version = _kube_proxy(facts, ways, self_managed)
    if version is None or not trails_too_far(version, target):
        return None
    what = f"kube-proxy is at {version} then, too old for a {target} control plane (three minors"
    what += " may lie between, two for a kube-proxy before 1.25)"
    if self_managed is None:
        remedy = "ask AWS why it offers no newer one, or delete the EKS add-on (DeleteAddon with"
        remedy += " preserve leaves it running) and update kube-proxy by hand"
    else:
        remedy = f"it is no EKS add-on here: set the image of its DaemonSet to {facts.present}"
        remedy += " first, or make it an EKS add-on (CreateAddon)"
    return Problem("kube-proxy", what, remedy)


def _kube_proxy(facts: ClusterFacts, ways: AddonWays, self_managed: Minor | None) -> Minor | None:
    """The minor of kube-proxy when the control plane moves."""
    addon = facts.addons.get(KUBE_PROXY)
    if addon is None:
        return self_managed
    step = next((step for step in ways.before if step.name == KUBE_PROXY), None)
    key = version_key(step.versions[-1] if step else str(addon.get("addonVersion", "")))
    return Minor(*key[:2]) if len(key) >= 2 else None


def _after(facts: ClusterFacts, ways: AddonWays, target: Minor) -> ClusterFacts:
    """What is after a hop, as far as add-ons are planned by it."""
    new = {step.name: step.versions[-1] for step in (*ways.before, *ways.after)}
    addons = {
        name: {**addon, "addonVersion": new.get(name, addon.get("addonVersion"))}
        for name, addon in facts.addons.items()
    }
    cluster = {**facts.cluster, "version": str(target)}
    if facts.present != target:
        cluster["platformVersion"] = _platform(facts, target)
    return replace(facts, cluster=cluster, addons=addons, updates=())


def _platform(facts: ClusterFacts, minor: Minor) -> str:
    """What a cluster gets with the minor, as far as EKS says it; else empty, which fits all."""
    offered: tuple[Raw, ...] = facts.offered_versions or ()
    for one in offered:
        if one.get("clusterVersion") == str(minor):
            return str(one.get("defaultPlatformVersion") or "")
    return ""

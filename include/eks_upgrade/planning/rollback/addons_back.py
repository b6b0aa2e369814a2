"""Add-ons that the older control plane does not take: to a version that both take, before it goes.

EKS checks an add-on's version against the version that the cluster has at that moment, so the one
to go to has to fit the present minor as well. kube-proxy may never be newer than the API server.
"""

from dataclasses import dataclass, field

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.addons.versions import (
    FOLLOWS_CONTROL_PLANE,
    ONE_MINOR_AT_A_TIME,
    Platform,
    default_version,
    fitting,
    version_key,
)
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.planning.rollback.asked import RollbackAsked


@dataclass(frozen=True)
class AddonsBack:
    """The steps, what stands in their way, and lines of the summary."""

    steps: tuple[AddonStep, ...] = ()
    problems: tuple[Problem, ...] = ()
    summary: tuple[str, ...] = field(default=())


def addons_back(asked: RollbackAsked) -> AddonsBack:
    """The way back of every add-on; those that fit already stay."""
    ways = [_one(name, asked) for name in sorted(asked.facts.addons)]
    return AddonsBack(
        tuple(step for way in ways for step in way.steps),
        tuple(problem for way in ways for problem in way.problems),
        tuple(line for way in ways for line in way.summary),
    )


def _one(name: str, asked: RollbackAsked) -> AddonsBack:
    current = str(asked.facts.addons[name].get("addonVersion", ""))
    here, there = _platforms(asked)
    entries = asked.facts.addon_versions.get(name, ())
    fits = _not_ahead(name, fitting(entries, there), asked)
    if current in fits or not entries:
        return AddonsBack(summary=(f"add-on {name}: stays at {current}",))
    both = [one for one in fitting(entries, here) if one in fits]
    older = [one for one in both if version_key(one) < version_key(current)]
    default = default_version(entries, there)
    if not older:
        return AddonsBack(problems=(_nowhere(name, current, asked),))
    goal = default if default in older else older[-1]
    versions = _down(name, current, goal, fitting(entries, here))
    step = AddonStep(
        name=name,
        current=current,
        versions=versions,
        resolve_conflicts=asked.addon_conflicts,
        role_arn=asked.facts.addons[name].get("serviceAccountRoleArn"),
        back=True,
    )
    way = " -> ".join((current, *versions))
    why = f"fits {asked.target} as well as {asked.facts.present}"
    return AddonsBack((step,), summary=(f"add-on {name}: {way}, before the control plane ({why})",))


def _platforms(asked: RollbackAsked) -> tuple[Platform, Platform]:
    facts = asked.facts
    platform = str(facts.cluster.get("platformVersion", ""))
    return (
        Platform(facts.present, platform, facts.auto_mode),
        Platform(asked.target, "", facts.auto_mode),
    )


def _not_ahead(name: str, versions: tuple[str, ...], asked: RollbackAsked) -> tuple[str, ...]:
    if name not in FOLLOWS_CONTROL_PLANE:
        return versions
    limit = (asked.target.major, asked.target.number)
    return tuple(one for one in versions if version_key(one)[:2] <= limit)


def _down(name: str, current: str, goal: str, available: tuple[str, ...]) -> tuple[str, ...]:
    """The versions to set in turn; the newest of each minor between, for who goes one by one."""
    if name not in ONE_MINOR_AT_A_TIME:
        return (goal,)
    newest: dict[tuple[int, ...], str] = {}
    for version in available:  # oldest first
        if version_key(goal)[:2] < version_key(version)[:2] < version_key(current)[:2]:
            newest[version_key(version)[:2]] = version
    return (*(newest[key] for key in sorted(newest, reverse=True)), goal)


def _nowhere(name: str, current: str, asked: RollbackAsked) -> Problem:
    present, target = asked.facts.present, asked.target
    return Problem(
        f"add-on {name!r}",
        f"its {current} does not fit {target}, and EKS lists no older version that fits {target} "
        f"and {present}, which it has to before the control plane goes back",
        "delete the EKS add-on with its software kept (aws eks delete-addon --preserve), take that "
        "back by hand, and run again",
    )

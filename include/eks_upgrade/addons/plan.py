"""Which add-ons are updated, to what, and on which side of the control plane.

Before the control plane an add-on goes to a version valid on both minors, where there is one:
the way back stays open and nothing is unsupported in between. After it, each goes on to what
EKS installs by default for the target. An upgrade never moves an add-on back.
"""

from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.addons.states import only_made_anew
from include.eks_upgrade.addons.versions import (
    ONE_MINOR_AT_A_TIME,
    Platform,
    best_for_both,
    default_version,
    fitting,
    version_key,
    walk,
)
from include.eks_upgrade.aws.facts import ClusterFacts, health_text
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor


@dataclass(frozen=True, kw_only=True)
class AddonStep:
    """One add-on's way from `current` to the last of `versions`.

    Attributes:
        versions: set in turn, each waited for; never empty.
        resolve_conflicts: as UpdateAddon's resolveConflicts (`PRESERVE`, `OVERWRITE`, `NONE`).
        role_arn: role of the add-on's service account, None without one.
        back: whether it goes to older versions, for a control plane that goes back.
    """

    name: str
    current: str
    versions: tuple[str, ...]
    resolve_conflicts: str
    role_arn: str | None = None
    back: bool = False

    def as_json(self) -> dict[str, Any]:
        """The step as plain JSON; keys are the attribute names."""
        return {**asdict(self), "versions": list(self.versions)}

    @classmethod
    def from_json(cls, plain: Raw) -> "AddonStep":
        """Read what `as_json` wrote; keys a later release added are ignored."""
        known = {key: plain[key] for key in cls.__dataclass_fields__ if key in plain}
        return cls(**{**known, "versions": tuple(plain["versions"])})


@dataclass(frozen=True, kw_only=True)
class AddonWays:
    """The add-ons' steps before and after the control plane, with the reasons in words."""

    before: tuple[AddonStep, ...] = ()
    after: tuple[AddonStep, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Move:
    """What choosing for one add-on needs; `present` is None when nothing may go first."""

    name: str
    addon: Raw
    entries: tuple[Raw, ...]
    present: Platform | None
    target: Platform
    conflicts: str

    def step(self, current: str, goal: str, where: Platform) -> AddonStep:
        versions = walk(self.name, current, goal, fitting(self.entries, where))
        return AddonStep(
            name=self.name,
            current=current,
            versions=versions,
            resolve_conflicts=self.conflicts,
            role_arn=self.addon.get("serviceAccountRoleArn"),
        )


def plan_addons(
    conflicts: str, target: Minor, facts: ClusterFacts, *, control_plane: bool
) -> AddonWays:
    """The way of every add-on.

    Args:
        conflicts: resolveConflicts of every update.
        target: the version the cluster goes to.
        facts: what is.
        control_plane: whether the control plane is still to be started. When it is at the
            target, or on its way there, no add-on goes first.
    """
    here = Platform(facts.present, facts.cluster.get("platformVersion", ""), facts.auto_mode)
    ways = [
        _plan_one(
            _Move(
                name=name,
                addon=facts.addons[name],
                entries=facts.addon_versions.get(name, ()),
                present=here if control_plane else None,
                target=_target_platform(target, facts) if facts.present != target else here,
                conflicts=conflicts,
            )
        )
        for name in sorted(facts.addons)
    ]
    return AddonWays(
        before=tuple(step for way in ways for step in way.before),
        after=tuple(step for way in ways for step in way.after),
        problems=tuple(problem for way in ways for problem in way.problems),
        warnings=tuple(text for way in ways for text in way.warnings),
        summary=tuple(line for way in ways for line in way.summary),
    )


def _plan_one(move: _Move) -> AddonWays:
    current = str(move.addon.get("addonVersion", ""))
    unusable = _left_alone(move, current)
    if unusable:
        return unusable
    before = _before(move, current)
    base = before.versions[-1] if before else current
    goal = _goal(move, base)
    if isinstance(goal, Problem):
        return _no_way(move, goal)
    after = move.step(base, goal, move.target) if goal else None
    steps = [step for step in (before, after) if step]
    return AddonWays(
        before=(before,) if before else (),
        after=(after,) if after else (),
        problems=_state_problems(move) if steps else (),
        warnings=_warnings(move, [base, *([goal] if goal else [])]),
        summary=_summary(move, current, before, after),
    )


def _left_alone(move: _Move, current: str) -> AddonWays | None:
    """What is told of an add-on that EKS does not update; None where it does."""
    goal = _goal(move, current)
    problem = only_made_anew(move.name, move.addon, goal if isinstance(goal, str) else "")
    if problem is None:
        return None
    return AddonWays(
        warnings=(f"{problem} It is neither updated nor waited for.",),
        summary=(f"add-on {move.name}: {move.addon['status']}, it is left as it is",),
    )


def _before(move: _Move, current: str) -> AddonStep | None:
    if move.present is None:
        return None
    best = best_for_both(move.name, move.entries, move.present, move.target)
    if best is None or version_key(best) <= version_key(current):
        return None
    return move.step(current, best, move.present)


def _goal(move: _Move, base: str) -> str | Problem | None:
    """The version after the control plane; None when `base` may stay, Problem when nothing fits."""
    fit = fitting(move.entries, move.target)
    default = default_version(move.entries, move.target)
    if default and version_key(default) > version_key(base):
        return default
    if base in fit:
        return None
    newer = [version for version in fit if version_key(version) > version_key(base)]
    if newer:
        return newer[-1]
    subject = f"add-on {move.name!r}"
    offered = f"only {fit[-1]}, older than its {base}," if fit else "no version"
    return Problem(
        subject,
        f"EKS offers {offered} for Kubernetes {move.target.minor}",
        "ask its publisher for a version that fits, or delete the EKS add-on and manage it "
        "yourself (DeleteAddon with preserve leaves it running)",
    )


def _no_way(move: _Move, problem: Problem) -> AddonWays:
    """A problem while the control plane is still to move; afterwards only a warning."""
    if move.present is not None:
        return AddonWays(problems=(problem,))
    return AddonWays(warnings=(str(problem),))


def _state_problems(move: _Move) -> tuple[Problem, ...]:
    status = move.addon.get("status", "unknown")
    if status not in {"CREATING", "DELETING"}:
        return ()
    what = f"its status is {status}"
    return (Problem(f"add-on {move.name!r}", what, "wait until that has ended, then run again"),)


def _warnings(move: _Move, passed: list[str]) -> tuple[str, ...]:
    warnings = []
    status = move.addon.get("status", "unknown")
    if status not in {"ACTIVE", "UPDATING", "CREATING", "DELETING"}:
        health = health_text(move.addon) or "no health issues"
        warnings.append(f"add-on {move.name!r} has status {status} now: {health}")
    if passed[0] not in {entry["addonVersion"] for entry in move.entries}:
        warnings.append(f"add-on {move.name!r}: EKS no longer lists its version {passed[0]}")
    warnings += [
        f"add-on {move.name!r} {entry['addonVersion']} requires a configuration; the present one "
        "is kept"
        for entry in move.entries
        if entry["addonVersion"] == passed[-1] and entry.get("requiresConfiguration")
    ]
    return tuple(warnings)


def _summary(
    move: _Move, current: str, before: AddonStep | None, after: AddonStep | None
) -> tuple[str, ...]:
    lines = []
    if before and move.present:
        why = f"valid on {move.present.minor} and {move.target.minor}"
        lines.append(_line(move, before, f"before the control plane ({why})"))
    if after:
        is_default = default_version(move.entries, move.target) == after.versions[-1]
        why = "EKS's default" if is_default else "the newest that fits"
        when = "after the control plane" if move.present else "now"
        lines.append(_line(move, after, f"{when} ({why} for {move.target.minor})"))
    return tuple(lines) or (
        f"add-on {move.name}: stays at {current}, which fits {move.target.minor}",
    )


def _line(move: _Move, step: AddonStep, when: str) -> str:
    way = " -> ".join([step.current, *step.versions])
    by_one = ", one minor at a time" if move.name in ONE_MINOR_AT_A_TIME else ""
    return f"add-on {move.name}: {way}{by_one}, {when}"


def _target_platform(target: Minor, facts: ClusterFacts) -> Platform:
    """The platform version a cluster gets with the target, as far as EKS says it."""
    offered = facts.offered_versions or ()
    platform = next(
        (
            str(one.get("defaultPlatformVersion") or "")
            for one in offered
            if one.get("clusterVersion") == str(target)
        ),
        "",
    )
    return Platform(target, platform, facts.auto_mode)

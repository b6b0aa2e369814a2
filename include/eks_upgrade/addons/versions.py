"""Choosing versions of an EKS add-on from what DescribeAddonVersions says fits.

Entries are raw `addonVersions` items: addonVersion, computeTypes and compatibilities, each
{clusterVersion, platformVersions, defaultVersion}. AWS promises no order among them.
https://docs.aws.amazon.com/eks/latest/userguide/updating-an-add-on.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor

ONE_MINOR_AT_A_TIME = frozenset({"vpc-cni"})
"""Add-ons whose own minor may move by one per update, says the user guide."""

FOLLOWS_CONTROL_PLANE = frozenset({"kube-proxy"})
"""Add-ons whose own minor is Kubernetes' and may never be ahead of the API server."""

VersionKey = tuple[int, ...]

_PLATFORM = re.compile(r"(?P<kind>[a-z-]+)\.(?P<number>\d+)(?P<or_later>\+?)")
"""`eks.12`, `eks.5+`, and `eks-local-outposts.3` of local clusters."""


@dataclass(frozen=True)
class Platform:
    """A cluster version an add-on must fit; `platform` (`eks.12`) is empty when not known."""

    minor: Minor
    platform: str = ""
    auto_mode: bool = False


def version_key(text: str) -> VersionKey:
    """What add-on versions are ordered by: the numbers of `v1.18.0-eksbuild.2` in turn."""
    return tuple(int(number) for number in re.findall(r"\d+", text))


def fitting(entries: Iterable[Raw], where: Platform) -> tuple[str, ...]:
    """The versions that run on a cluster of that version and platform, oldest first."""
    found = (entry["addonVersion"] for entry in entries if _fits(entry, where))
    return tuple(sorted(found, key=version_key))


def default_version(entries: Iterable[Raw], where: Platform) -> str | None:
    """The version EKS itself would install there; often not the newest."""
    defaults = (
        entry["addonVersion"]
        for entry in entries
        if _fits(entry, where) and any(one.get("defaultVersion") for one in _there(entry, where))
    )
    return max(defaults, key=version_key, default=None)


def best_for_both(
    name: str, entries: Iterable[Raw], present: Platform, target: Platform
) -> str | None:
    """The best version valid before and after: the target's default, else the newest."""
    entries = tuple(entries)
    both = set(fitting(entries, present)) & set(fitting(entries, target))
    if name in FOLLOWS_CONTROL_PLANE:
        limit = (present.minor.major, present.minor.number)
        both = {version for version in both if version_key(version)[:2] <= limit}
    default = default_version(entries, target)
    return default if default in both else max(both, key=version_key, default=None)


def walk(name: str, current: str, goal: str, available: Iterable[str]) -> tuple[str, ...]:
    """The versions to set in turn to get from `current` to `goal`.

    One step for most add-ons; for those that move one minor at a time, the newest available
    version of each minor in between, then the goal. A minor nobody offers is passed over.
    """
    if name not in ONE_MINOR_AT_A_TIME:
        return (goal,)
    start, end = version_key(current)[:2], version_key(goal)[:2]
    newest: dict[VersionKey, str] = {}
    for version in sorted(available, key=version_key):
        if start < version_key(version)[:2] < end:
            newest[version_key(version)[:2]] = version
    return (*newest.values(), goal)


def _fits(entry: Raw, where: Platform) -> bool:
    # An entry without compute types is taken as fit: older answers did not have the field.
    kinds = set(entry.get("computeTypes") or ("ec2",))
    wanted = {"ec2", "auto"} if where.auto_mode else {"ec2"}
    return bool(kinds & wanted) and any(
        _platform_fits(one.get("platformVersions"), where.platform) for one in _there(entry, where)
    )


def _there(entry: Raw, where: Platform) -> tuple[Raw, ...]:
    listed = entry.get("compatibilities") or ()
    return tuple(one for one in listed if one.get("clusterVersion") == str(where.minor))


def _platform_fits(listed: list[str] | None, platform: str) -> bool:
    return not listed or not platform or any(_takes_platform(one, platform) for one in listed)


def _takes_platform(pattern: str, platform: str) -> bool:
    """`*` takes any platform, `eks.5+` that one and later ones, `eks.5` itself alone.

    A pattern of another form is not held against a version: EKS itself refuses what does not fit,
    before it changes anything. Source of the plus: https://github.com/aws/aws-cli/issues/6832
    """
    wanted, present = _PLATFORM.fullmatch(pattern), _PLATFORM.fullmatch(platform)
    if not wanted or not present:
        return True
    if wanted["kind"] != present["kind"]:
        return False
    first, number = int(wanted["number"]), int(present["number"])
    return number >= first if wanted["or_later"] else number == first

"""Add-ons that run without being EKS's: which, in what version, and what fits the target."""

from collections.abc import Iterator, Sequence

from include.eks_upgrade.addons.versions import (
    Platform,
    best_for_both,
    default_version,
    fitting,
    version_key,
)
from include.eks_upgrade.aws.readings.addon_offers import ADDON_OFFERS
from include.eks_upgrade.common.addon_names import OFTEN_SELF_MANAGED
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.readings.components import COMPONENTS, Component
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.seen import Seen

_NUMBERS = 3
"""Major, minor and patch; builds of EKS's count behind them."""


def _judge(seen: Seen) -> Iterator[Finding]:
    running: dict[str, list[Component]] = {}
    for component in seen.of(COMPONENTS):
        if component.part in OFTEN_SELF_MANAGED and component.part not in seen.facts.addons:
            running.setdefault(component.part, []).append(component)
    if not running:
        return
    offers = seen.of(ADDON_OFFERS)
    for name, components in running.items():
        yield _finding(name, components, offers.get(name, ()), seen)


def _finding(
    name: str, components: Sequence[Component], entries: Sequence[Raw], seen: Seen
) -> Finding:
    where = Platform(seen.target, auto_mode=seen.facts.auto_mode)
    fit, default = fitting(entries, where), default_version(entries, where)
    versions = sorted({one.version for one in components if one.version}, key=version_key)
    what = (
        f"{first_few(components)} {_runs(versions)} and is no EKS add-on, so this run does not "
        f"update it; {_offered(fit, default, seen)}"
    )
    fits = bool(versions) and all(_is_among(one, fit) for one in versions)
    known = bool(versions) and bool(fit)
    return Finding(
        Severity.WARNS if known and not fits else Severity.INFORMS,
        f"add-on {name}",
        what,
        _remedy(name, _to_hand_over(name, entries, where, seen), seen, fits=fits, listed=bool(fit)),
    )


def _to_hand_over(name: str, entries: Sequence[Raw], where: Platform, seen: Seen) -> str:
    """A version that EKS takes at the present minor and that fits the target; empty if none."""
    here = Platform(seen.facts.present, auto_mode=seen.facts.auto_mode)
    return best_for_both(name, entries, here, where) or ""


def _runs(versions: Sequence[str]) -> str:
    return f"runs {' and '.join(versions)}" if versions else "runs a version that its image hides"


def _offered(fit: Sequence[str], default: str | None, seen: Seen) -> str:
    if not fit:
        return f"EKS lists no version of it for {seen.target}"
    usual = f", {default} by default" if default else ""
    if len(fit) == 1:
        return f"for {seen.target} EKS lists {fit[0]} alone"
    return f"for {seen.target} EKS lists {fit[0]} to {fit[-1]}{usual}"


def _is_among(version: str, fit: Sequence[str]) -> bool:
    return version_key(version)[:_NUMBERS] in {version_key(one)[:_NUMBERS] for one in fit}


def _remedy(name: str, wanted: str, seen: Seen, *, fits: bool, listed: bool) -> str:
    if not listed:
        return "update it as its makers say"
    over = f"hand it over to EKS when the control plane is at {seen.target}"
    if wanted:
        over = (
            f"hand it over to EKS (aws eks create-addon --cluster-name "
            f"{seen.facts.cluster['name']} --addon-name {name} --addon-version {wanted} "
            "--resolve-conflicts OVERWRITE, which takes EKS's settings in place of yours)"
        )
    return f"it may stay; or {over}" if fits else f"update it by hand to what fits, or {over}"


CHECK = Check(
    "self_managed_addons",
    "Which of the cluster's usual add-ons run without EKS's doing, and what fits the target?",
    "https://docs.aws.amazon.com/eks/latest/userguide/eks-add-ons.html; DescribeAddonVersions",
    _judge,
)

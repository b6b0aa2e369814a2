"""Selectors that can never mean a cluster: a misspelt freeze must not be no freeze."""

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from include.eks_upgrade.common.text import first_few, nearest
from include.eks_upgrade.fleet.file.finding import Finding, Place
from include.eks_upgrade.fleet.file.model import FleetFile, Selector
from include.eks_upgrade.fleet.file.rules.cluster_names import name_pattern_problem


def selectors_of(file: FleetFile) -> Iterator[tuple[Place, Selector]]:
    """Every selector of the file with its place."""
    for key in ("include", "exclude"):
        for number, selector in enumerate(getattr(file.clusters, key)):
            yield ("clusters", key, number), selector
    for key in ("rings", "windows", "freezes", "bypasses", "overrides"):
        for number, entry in enumerate(getattr(file, key)):
            if entry.clusters is not None:
                yield (key, number, "clusters"), entry.clusters


def selector_findings(file: FleetFile) -> Iterator[Finding]:
    """Accounts and regions that a selector names and the file does not have.

    What clusters there are is not known here, so of names it is judged whether any cluster can be
    called so, and of tags nothing. (Not asked where accounts or the organisation cannot be read.)
    """
    regions = {region for account in file.accounts for region in account.regions}
    accounts = {word for each in file.accounts for word in (each.name, each.id) if word}
    if file.organization:
        regions |= set(file.organization.regions)
    # Ids stand at will: an account may be given by its name and connection alone.
    ids_known = all(each.id for each in file.accounts)
    for place, selector in selectors_of(file):
        yield from _names(selector.names, (*place, "names"))
        yield from _strange(selector.regions, regions, (*place, "regions"), "region")
        if not file.organization:
            named = [
                each if ids_known or not each[:1].isdigit() else "*" for each in selector.accounts
            ]
            yield from _strange(named, accounts, (*place, "accounts"), "account")


def _names(patterns: Collection[str], place: Place) -> Iterator[Finding]:
    for number, pattern in enumerate(patterns):
        if problem := name_pattern_problem(pattern):
            yield Finding((*place, number), *problem)


def _strange(
    patterns: Collection[str], known: Collection[str], place: Place, noun: str
) -> Iterator[Finding]:
    for number, pattern in enumerate(patterns):
        if known and not any(fnmatchcase(word, pattern) for word in known):
            meant = nearest(pattern, known)
            remedy = f"write {meant}" if meant else f"there are {first_few(sorted(known), 20)}"
            what = f"{pattern!r} fits no {noun} of this file"
            yield Finding((*place, number), what, remedy)

"""Accounts, the organisation, and their regions."""

from collections.abc import Iterator

from include.eks_upgrade.fleet.file.finding import Finding, Place
from include.eks_upgrade.fleet.file.model import Account, FleetFile
from include.eks_upgrade.fleet.file.texts import ROLE_ARN


def account_findings(file: FleetFile) -> Iterator[Finding]:
    """What contradicts among accounts and organisation."""
    yield from _twice(file.accounts)
    for number, account in enumerate(file.accounts):
        yield from _regions(account.regions, ("accounts", number, "regions"))
        yield from _role(account, ("accounts", number, "role_arn"))
    if file.organization:
        yield from _regions(file.organization.regions, ("organization", "regions"))


def nothing_to_look_at(file: FleetFile) -> Iterator[Finding]:
    """Neither accounts nor an organisation; not asked where one of them cannot be read."""
    if not file.accounts and not file.organization:
        what = "neither accounts nor an organization is given, so there is no cluster to find"
        yield Finding(("accounts",), what, "name the accounts, or the organization")
    if not file.clusters.include:
        what = "the list is empty, so no cluster is in the fleet"
        yield Finding(("clusters", "include"), what, "name some, or take the key away for all")


def _twice(accounts: tuple[Account, ...]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], int] = {}
    for number, account in enumerate(accounts):
        for key, value, words in _identities(account):
            first = seen.setdefault((key, value), number)
            if first != number:
                what = f"{words}, as an account above does, so it is the same account twice"
                remedy = f"keep one, or correct its {key}"
                yield Finding(("accounts", number, key), what, remedy)


def _identities(account: Account) -> Iterator[tuple[str, str, str]]:
    """What no two accounts can share, beside a name."""
    if account.id:
        yield "id", account.id, f"it has the id {account.id}"
    if account.role_arn:
        yield "role_arn", account.role_arn, "it uses the same role"
    else:
        yield "aws_conn_id", account.aws_conn_id, f"it uses {account.aws_conn_id!r} without a role"


def _regions(regions: tuple[str, ...], place: Place) -> Iterator[Finding]:
    for number, region in enumerate(regions):
        if region in regions[:number]:
            yield Finding((*place, number), f"{region} is named twice", "name it once")


def _role(account: Account, place: Place) -> Iterator[Finding]:
    found = ROLE_ARN.fullmatch(account.role_arn)
    if found and account.id and found["account"] != account.id:
        what = f"the role is in the account {found['account']}, and the id is {account.id}"
        yield Finding(place, what, "correct one of the two")

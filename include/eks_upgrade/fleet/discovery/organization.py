"""Asking AWS Organizations for its accounts. Nothing here changes anything."""

from typing import Any

from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.raw import RawDict


def read_organization(organizations: Any) -> list[RawDict]:
    """All accounts of the organisation, as ListAccounts answers; pages may be empty in between.

    Args:
        organizations: a client with credentials of the management account, or of one to which
            the listing is delegated.

    Raises:
        UpgradeError: as AWS answered.
    """
    with aws_errors_about("the accounts of the organisation"):
        return all_pages(organizations, "list_accounts", "Accounts")

"""Organizations: the accounts of the organisation, as its management account lists them.

Home is the management account. https://docs.aws.amazon.com/organizations/latest/APIReference/
API_ListAccounts.html: `State` replaces `Status`, whoever is neither the management account nor a
delegated administrator is refused, and a page may be empty although more come.
"""

from types import SimpleNamespace
from typing import Any, Final

from moto.core.responses import ActionResult, BaseResponse
from moto.organizations.models import OrganizationsBackend

from include.rehearsal.aws.current_world import urls, world
from include.rehearsal.aws.errors import AwsError
from include.rehearsal.places import KnownAccount

URL_BASES = [r"https?://organizations\.(.+)\.amazonaws\.com"]
PAGE: Final = 20
ORGANIZATION: Final = "o-rehearsal01"
OLD_STATUS: Final = {"CLOSED": "SUSPENDED", "PENDING_ACTIVATION": "ACTIVE"}
"""The `Status` of states that it has no word for; assumed."""


class OrganizationsResponses(BaseResponse):  # type: ignore[misc]  # moto is untyped
    """The one operation that a fleet asks for."""

    def __init__(self) -> None:
        super().__init__(service_name="organizations")
        self.automated_parameter_parsing = True

    def list_accounts(self) -> ActionResult:
        """ListAccounts; the first page of a list is empty, so that nobody takes it for the last.

        Raises:
            AwsError: AWSOrganizationsNotInUseException, AccessDeniedException.
        """
        home = world().account
        members = [each for each in world().accounts.values() if each.state is not None]
        if not members:
            raise AwsError(
                "AWSOrganizationsNotInUseException",
                "Your account is not a member of an organization.",
            )
        if self.current_account != home:
            raise AwsError(
                "AccessDeniedException", "You don't have permissions to access this resource."
            )
        rows = [_row(KnownAccount(home, "management", ("", ""))), *map(_row, members)]
        token = self._get_param("NextToken")
        if token is None:
            return ActionResult({"Accounts": [], "NextToken": "0"})
        start, size = int(token), int(self._get_param("MaxResults") or PAGE)
        more = {"NextToken": str(start + size)} if start + size < len(rows) else {}
        return ActionResult({"Accounts": rows[start : start + size], **more})


def _row(account: KnownAccount) -> dict[str, Any]:
    state = str(account.state)
    path = f"{ORGANIZATION}/{account.number}"
    return {
        "Id": account.number,
        "Arn": f"arn:aws:organizations::{world().account}:account/{path}",
        "Email": f"{account.name}@example.com",
        "Name": account.name,
        "Status": OLD_STATUS.get(state, state),
        "State": state,
        "JoinedMethod": "CREATED",
    }


class OrganizationsService(OrganizationsBackend):  # type: ignore[misc]  # moto is untyped
    """Organizations of one partition."""

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/$", OrganizationsResponses)

"""Where clusters are looked for: one account and one region at a time.

A place that cannot be looked at is one place less; the others go on.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.fleet.file.model import Account, FleetFile, Organization


@dataclass(frozen=True, kw_only=True)
class Place:
    """One region of one account, and how it is reached.

    Attributes:
        account_name: what people call the account.
        account: its twelve digits; empty: wherever the connection leads.
        region: of AWS.
        aws_conn_id: the Airflow connection.
        role_arn: a role that is assumed with it; empty: none.
    """

    account_name: str
    account: str
    region: str
    aws_conn_id: str
    role_arn: str = ""

    @property
    def title(self) -> str:
        """What people read: `payments/eu-west-1`."""
        return f"{self.account_name}/{self.region}"

    def as_json(self) -> dict[str, str]:
        """Small JSON, for XCom."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Place":
        """Read `as_json` back."""
        return cls(**raw)


@dataclass(frozen=True)
class Member:
    """One account of the organisation."""

    id: str
    name: str


def members(accounts: Iterable[Raw], leave_out: Collection[str] = ()) -> list[Member]:
    """The active accounts of an organisation.

    Args:
        accounts: as ListAccounts answers. `State` is what AWS tells today, `Status` what it told
            before; an account that is being closed, say, is active in neither.
        leave_out: ids of accounts that are none of the fleet's.
    """
    return [
        Member(str(each["Id"]), str(each.get("Name") or each["Id"]))
        for each in accounts
        if (each.get("State") or each.get("Status")) == "ACTIVE" and each["Id"] not in leave_out
    ]


def places(file: FleetFile, organisation: Sequence[Member] = ()) -> list[Place]:
    """Every place that the fleet file means, each once, in the file's order.

    Args:
        file: the fleet file.
        organisation: the accounts of its `organization`, if it has one. One that the file names
            itself as well is reached as it says there.
    """
    named = [place for each in file.accounts for place in _of_account(each)]
    known = {(place.account, place.region) for place in named if place.account}
    found = [
        place
        for each in organisation
        if file.organization
        for place in _of_member(each, file.organization)
        if (place.account, place.region) not in known
    ]
    return list(dict.fromkeys([*named, *found]))


def _of_account(account: Account) -> Iterable[Place]:
    return (
        Place(
            account_name=account.name,
            account=account.id,
            region=region,
            aws_conn_id=account.aws_conn_id,
            role_arn=account.role_arn,
        )
        for region in account.regions
    )


def _of_member(member: Member, organization: Organization) -> Iterable[Place]:
    return (
        Place(
            account_name=member.name,
            account=member.id,
            region=region,
            aws_conn_id=organization.aws_conn_id,
            role_arn=role_arn(member.id, organization.role_name, region),
        )
        for region in organization.regions
    )


def role_arn(account: str, role_name: str, region: str) -> str:
    """The ARN of a role that has this name in every account; with its path, if it has one."""
    return f"arn:{partition_of(region)}:iam::{account}:role/{role_name.strip('/')}"


def partition_of(region: str) -> str:
    """AWS's partition of a region: China and GovCloud have their own."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"

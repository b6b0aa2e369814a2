"""Who is in the rehearsed fleet, as plain data."""

from dataclasses import dataclass

from include.rehearsal.places import Place

ROLE = "eks-fleet"
"""The role that home may assume in each of the accounts; the organisation knows it by this name."""
TARGET, BEFORE, LONG_BEFORE = "1.33", "1.32", "1.30"
ACCOUNTS = {"payments": "111111111111", "search": "222222222222", "platform": "333333333333"}
WEST, CENTRAL = "eu-west-1", "eu-central-1"
PERSON = "maria@example.com"


@dataclass(frozen=True)
class Member:
    """One cluster.

    Attributes:
        account: its name; stands in the tag `team`, too.
        ring: stands in the tag `ring`.
        version: its minor.
        breaks: its workload's new pods never become Ready on nodes of the target's version.
        locked: a person holds our lock on it.
    """

    account: str
    region: str
    name: str
    ring: str
    version: str = BEFORE
    breaks: bool = False
    locked: bool = False

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(ACCOUNTS[self.account], self.region)


MEMBERS = (
    Member("payments", WEST, "checkout", "canary"),
    Member("search", WEST, "catalog", "canary"),
    Member("platform", WEST, "tools", "canary", version=TARGET),
    Member("payments", CENTRAL, "refunds", "early"),
    Member("search", CENTRAL, "ranking", "early", breaks=True),
    Member("platform", CENTRAL, "metrics", "early"),
    Member("payments", WEST, "ledger", "early"),  # frozen by the fleet file
    Member("platform", WEST, "build", "early", locked=True),
    Member("payments", CENTRAL, "shop", "late"),
    Member("search", CENTRAL, "shop", "late"),
    Member("search", WEST, "archive", "late", version=LONG_BEFORE),
    Member("platform", CENTRAL, "billing", "late"),
)


def role_arn(account: str) -> str:
    """The ARN of the fleet's role in an account, by the account's name."""
    return f"arn:aws:iam::{ACCOUNTS[account]}:role/{ROLE}"

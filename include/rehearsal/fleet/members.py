"""Who is in the rehearsed fleet, as plain data."""

import json
from dataclasses import dataclass

from include.rehearsal.places import Place

ROLE = "eks-fleet"
"""The role that home may assume in each of the accounts; the organisation knows it by this name."""
TARGET, BEFORE, LONG_BEFORE = "1.35", "1.34", "1.32"
"""One behind the newest minor of the catalogue, and what is behind it by one and by three."""
ACCOUNTS = {"payments": "111111111111", "search": "222222222222", "platform": "333333333333"}
CLOSED = {"closed": "444444444444"}
"""What the fleet file names, too, and nobody can look into: there is no such account."""
WEST, CENTRAL = "eu-west-1", "eu-central-1"
PERSON = "maria@example.com"


@dataclass(frozen=True)
class Member:
    """One cluster.

    Attributes:
        account: its name; stands in the tag `team`, too.
        ring: stands in the tag `ring`; in the tag `environment` those before main are `dev`.
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
    def tags(self) -> dict[str, str]:
        """Its tags at AWS."""
        environment = "dev" if self.ring in {"canary", "early"} else "prod"
        return {"ring": self.ring, "team": self.account, "environment": environment}

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
    Member("payments", WEST, "ledger", "main"),  # frozen by the fleet file
    Member("platform", WEST, "build", "main", locked=True),
    Member("payments", CENTRAL, "shop", "main"),
    Member("search", CENTRAL, "shop", "late"),
    Member("search", WEST, "archive", "late", version=LONG_BEFORE),
    Member("platform", CENTRAL, "billing", "main"),
)


def role_arn(account: str) -> str:
    """The ARN of the fleet's role in an account, by the account's name."""
    return f"arn:aws:iam::{(ACCOUNTS | CLOSED)[account]}:role/{ROLE}"


def connections() -> dict[str, str]:
    """Airflow connections in the environment, `aws_<account>`: each assumes its account's role."""
    return {
        f"AIRFLOW_CONN_AWS_{account.upper()}": json.dumps(
            {"conn_type": "aws", "extra": {"role_arn": role_arn(account)}}
        )
        for account in ACCOUNTS | CLOSED
    }


def profiles() -> str:
    """An AWS configuration with a profile for each account, by its name, for what is no Airflow.

    Each assumes its account's role with the credentials of the environment.
    """
    return "".join(
        f"[profile {account}]\nrole_arn = {role_arn(account)}\ncredential_source = Environment\n\n"
        for account in ACCOUNTS | CLOSED
    )

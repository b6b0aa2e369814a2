"""Accounts and regions of the rehearsal, and how a cluster is named among those of all places.

A cluster's name is its own only within one account and region, as on AWS. The world keeps the
clusters of all places in one dictionary, by their keys: those of the account and region in which
the rehearsal's own credentials are at home have their bare names for keys, all others
`<account>.<region>.<name>`. No cluster's name has a dot in it.
"""

from dataclasses import dataclass, field

HOME_ACCOUNT = "123456789012"
"""The account of the rehearsal's own credentials; moto's default."""


@dataclass(frozen=True)
class Place:
    """One region of one account."""

    account: str
    region: str


@dataclass
class KnownAccount:
    """One more account.

    Attributes:
        number: its twelve digits.
        name: as the organisation calls it.
        pair: access key id and secret of an administrator in it.
        state: as Organizations tells it; None: it belongs to no organisation of ours.
        closed_regions: regions that it has not enabled (opt-in regions).
    """

    number: str
    name: str
    pair: tuple[str, str]
    state: str | None = "ACTIVE"
    closed_regions: set[str] = field(default_factory=set)


def key_in(home: Place, place: Place, name: str) -> str:
    """The key of a cluster; empty for no name."""
    if not name or place == home:
        return name
    return f"{place.account}.{place.region}.{name}"


def place_of(home: Place, key: str) -> Place:
    """Where the cluster with this key is."""
    parts = key.split(".")
    return Place(parts[0], parts[1]) if len(parts) == 3 else home


def name_of(key: str) -> str:
    """The name of the cluster with this key."""
    return key.rpartition(".")[2]


def is_meant(wanted: str | None, key: str) -> bool:
    """Whether a cluster is wanted: by its key, or by its name in whatever place; None: any."""
    return wanted in (None, key, name_of(key))

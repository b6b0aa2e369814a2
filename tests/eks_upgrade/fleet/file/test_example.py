"""The example that ships fits the fleet of the rehearsal."""

from datetime import UTC, datetime

import pytest

from include.eks_upgrade.fleet.choice.rings import rings_of
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.contradictions import warnings
from include.eks_upgrade.fleet.file.read import read_fleet_file
from include.eks_upgrade.fleet.windows.when import when
from include.rehearsal.fleet.members import ACCOUNTS, MEMBERS, Member, connections
from tests.eks_upgrade.fleet.file.fleet_text import PATH

FILE = read_fleet_file(PATH)
SATURDAY = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)


def seen(member: Member) -> FleetCluster:
    account = ACCOUNTS[member.account]
    return FleetCluster(
        arn=f"arn:aws:eks:{member.region}:{account}:cluster/{member.name}",
        name=member.name,
        account=account,
        account_name=member.account,
        region=member.region,
        version=member.version,
        tags=member.tags,
    )


CLUSTERS = {f"{each.account} {each.name}": seen(each) for each in MEMBERS}


def test_its_accounts_are_those_of_the_rehearsal_with_their_connections() -> None:
    assert {each.name: each.id for each in FILE.accounts} == ACCOUNTS
    named = {f"AIRFLOW_CONN_{each.aws_conn_id.upper()}" for each in FILE.accounts}
    assert named == set(connections()) - {"AIRFLOW_CONN_AWS_CLOSED"}


def test_it_looks_into_every_region_that_has_clusters() -> None:
    looked = {(each.name, region) for each in FILE.accounts for region in each.regions}
    assert {(each.account, each.region) for each in MEMBERS} <= looked


def test_every_cluster_is_in_the_ring_of_its_tag() -> None:
    rings = rings_of(FILE, list(CLUSTERS.values()))
    assert rings == {each.arn: each.tags["ring"] for each in CLUSTERS.values()}
    assert [ring.name for ring in FILE.rings] == ["canary", "early", "main", "late"]


@pytest.mark.parametrize("name", CLUSTERS)
def test_one_cluster_is_frozen_on_a_saturday_night_and_the_others_may_go(name: str) -> None:
    found = when(FILE, CLUSTERS[name], SATURDAY)
    assert (found.frozen is not None) == (name == "payments ledger"), found.why_not
    assert bool(found.why_not) == (name == "payments ledger")


def test_at_the_end_of_the_year_nothing_begins() -> None:
    christmas = datetime(2026, 12, 26, 1, 0, tzinfo=UTC)
    assert all(when(FILE, each, christmas).frozen for each in CLUSTERS.values())


def test_nothing_of_it_is_over_when_it_is_rehearsed() -> None:
    assert warnings(FILE, SATURDAY) == []

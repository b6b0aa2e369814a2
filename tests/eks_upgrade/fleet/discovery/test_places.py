"""Which places the fleet file means, and what the pure readers make of AWS's answers."""

from datetime import UTC, date, datetime

import pytest

from include.eks_upgrade.fleet.cluster import BrokenPlace, FleetCluster, Found
from include.eks_upgrade.fleet.discovery.described import described
from include.eks_upgrade.fleet.discovery.merged import merge
from include.eks_upgrade.fleet.discovery.offer import Offer, offer_of
from include.eks_upgrade.fleet.discovery.place import Member, Place, members, places, role_arn
from include.eks_upgrade.fleet.file.model import FleetFile

PAYMENTS, SEARCH = "111111111111", "222222222222"


def file(**more: object) -> FleetFile:
    return FleetFile.model_validate(
        {"target": {"newest_minus": 1}, "rings": [{"name": "all"}], **more}
    )


def test_an_account_has_a_place_in_each_of_its_regions():
    account = {
        "name": "payments",
        "id": PAYMENTS,
        "aws_conn_id": "aws_payments",
        "role_arn": f"arn:aws:iam::{PAYMENTS}:role/fleet",
        "regions": ["eu-west-1", "eu-central-1"],
    }
    found = places(file(accounts=[account]))
    assert [each.title for each in found] == ["payments/eu-west-1", "payments/eu-central-1"]
    assert {(each.aws_conn_id, each.role_arn) for each in found} == {
        ("aws_payments", f"arn:aws:iam::{PAYMENTS}:role/fleet")
    }


def test_an_organisations_account_is_reached_by_its_role():
    organization = {"role_name": "fleet", "regions": ["eu-west-1"], "aws_conn_id": "hub"}
    (found,) = places(file(organization=organization), [Member(SEARCH, "search")])
    assert (found.aws_conn_id, found.role_arn) == ("hub", f"arn:aws:iam::{SEARCH}:role/fleet")


def test_an_account_that_the_file_names_itself_is_reached_as_it_says_there():
    found = places(
        file(
            accounts=[{"name": "mine", "id": SEARCH, "regions": ["eu-west-1"]}],
            organization={"role_name": "fleet", "regions": ["eu-west-1", "eu-central-1"]},
        ),
        [Member(SEARCH, "search")],
    )
    assert [(each.title, bool(each.role_arn)) for each in found] == [
        ("mine/eu-west-1", False),
        ("search/eu-central-1", True),
    ]


def test_members_are_nothing_when_the_file_has_no_organisation():
    account = {"name": "payments", "regions": ["eu-west-1"]}
    assert len(places(file(accounts=[account]), [Member(SEARCH, "search")])) == 1


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_a_role_is_in_the_partition_of_the_region(region, partition):
    assert role_arn(SEARCH, "/ops/fleet", region) == f"arn:{partition}:iam::{SEARCH}:role/ops/fleet"


def test_a_place_comes_back_from_its_json():
    place = Place(account_name="a", account="", region="eu-west-1", aws_conn_id="x", role_arn="r")
    assert Place.from_json(place.as_json()) == place


@pytest.mark.parametrize(
    ("row", "taken"),
    [
        pytest.param({"State": "ACTIVE", "Status": "ACTIVE"}, True, id="active"),
        pytest.param({"Status": "ACTIVE"}, True, id="of an older API, active"),
        pytest.param({"State": "PENDING_CLOSURE", "Status": "ACTIVE"}, False, id="being closed"),
        pytest.param({"State": "CLOSED", "Status": "SUSPENDED"}, False, id="closed"),
        pytest.param({"Status": "SUSPENDED"}, False, id="of an older API, suspended"),
        pytest.param({}, False, id="nothing is told"),
    ],
)
def test_only_active_accounts_of_the_organisation_count(row, taken):
    rows = [{"Id": PAYMENTS, "Name": "payments", **row}]
    assert members(rows) == ([Member(PAYMENTS, "payments")] if taken else [])


def test_accounts_that_are_left_out_are_left_out():
    rows = [{"Id": each, "Name": "", "State": "ACTIVE"} for each in (PAYMENTS, SEARCH)]
    assert members(rows, [PAYMENTS]) == [Member(SEARCH, SEARCH)]


def row(version: str, status: str, **more: object) -> dict[str, object]:
    return {"clusterVersion": version, "versionStatus": status, **more}


def test_the_newest_is_the_newest_in_standard_support():
    offer = offer_of(
        [
            row("1.9", "EXTENDED_SUPPORT"),
            row("1.36", "EXTENDED_SUPPORT"),
            row("1.35", "STANDARD_SUPPORT"),
            row("1.34", "STANDARD_SUPPORT"),
            row("1.8", "UNSUPPORTED"),
        ]
    )
    assert (offer.newest, offer.minors) == ("1.35", ("1.9", "1.34", "1.35", "1.36"))


def test_an_older_spelling_of_the_status_is_read_as_well():
    assert offer_of([{"clusterVersion": "1.35", "status": "standard-support"}]).newest == "1.35"


def test_support_ends_on_the_days_that_eks_tells():
    told = {
        "endOfStandardSupportDate": datetime(2027, 3, 27, tzinfo=UTC),
        "endOfExtendedSupportDate": date(2028, 3, 27),
    }
    offer = offer_of([row("1.35", "STANDARD_SUPPORT", **told), row("1.36", "STANDARD_SUPPORT")])
    assert offer.standard_ends == {"1.35": date(2027, 3, 27)}
    assert offer.extended_ends == {"1.35": date(2028, 3, 27)}


@pytest.mark.parametrize("rows", [[], [{"clusterVersion": "odd"}], [{}]])
def test_no_rows_offer_nothing(rows):
    assert offer_of(rows) == Offer()


PLACE = Place(account_name="search", account="", region="eu-west-1", aws_conn_id="aws")


def test_a_cluster_without_the_newer_fields_is_described_all_the_same():
    raw = {"arn": f"arn:aws:eks:eu-west-1:{SEARCH}:cluster/a", "name": "a", "version": "1.34"}
    found = described(PLACE, raw, [{"scalingConfig": None}, {}], Offer())
    assert (found.account, found.node_groups, found.nodes, found.support) == (SEARCH, 2, 0, "")


def test_the_oldest_node_group_tells_of_a_run_that_stopped_half_way():
    raw = {"arn": f"arn:aws:eks:eu-west-1:{SEARCH}:cluster/a", "name": "a", "version": "1.34"}
    groups = [{"version": "1.34"}, {"version": "1.9"}, {"version": "1.33"}, {}, {"version": "odd"}]
    assert described(PLACE, raw, groups, Offer()).nodes_version == "1.9"
    assert described(PLACE, raw, [{}], Offer()).nodes_version == ""


@pytest.mark.parametrize(
    ("groups", "oldest"),
    [
        pytest.param([{"version": "1.10"}, {"version": "1.9"}], "1.9", id="the oldest of two"),
        pytest.param([{"version": "1.34"}, {}], "1.34", id="one tells none"),
        pytest.param(
            [{"version": "1.34"}, {"version": "1.33", "status": "DELETING"}], "1.34", id="one goes"
        ),
        pytest.param([], "", id="no group"),
    ],
)
def test_the_oldest_node_group_that_stays_says_where_the_nodes_are(groups, oldest):
    raw = {"arn": f"arn:aws:eks:eu-west-1:{SEARCH}:cluster/a", "name": "a", "version": "1.34"}
    assert described(PLACE, raw, groups, Offer()).nodes_version == oldest


def cluster(name: str, by: str = "search") -> FleetCluster:
    return FleetCluster(
        arn=f"arn:aws:eks:eu-west-1:{SEARCH}:cluster/{name}",
        name=name,
        account=SEARCH,
        account_name=by,
        region="eu-west-1",
        version="1.34",
        standard_ends=date(2026, 12, 2),
    )


def test_what_all_places_have_found_is_one():
    broken = BrokenPlace("payments", "eu-west-1", "AWS did not answer")
    west = Found(
        (cluster("a"),), newest={"eu-west-1": "1.9"}, offered={"eu-west-1": ("1.8", "1.9")}
    )
    again = Found(
        (cluster("a", "twice"), cluster("b")),
        newest={"eu-west-1": "1.36"},
        offered={"eu-west-1": ("1.36",)},
        standard_ends={"1.34": date(2026, 12, 2)},
    )
    found = merge([west, Found((), (broken,)), again, Found((), (broken,))])
    assert [(each.name, each.account_name) for each in found.clusters] == [
        ("a", "search"),
        ("b", "search"),
    ]
    assert found.broken == (broken,)
    assert found.newest == {"eu-west-1": "1.36"}
    assert found.offered == {"eu-west-1": ("1.8", "1.9", "1.36")}
    assert found.standard_ends == {"1.34": date(2026, 12, 2)}
    assert Found.from_json(found.as_json()) == found


def test_nothing_found_is_nothing():
    assert merge([]) == Found(())

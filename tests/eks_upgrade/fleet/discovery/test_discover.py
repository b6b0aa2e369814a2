"""Discovery in the rehearsal's accounts and regions: what is found, what is told, and how."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.truncated_responses import refuse_truncated_responses
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.fleet.discovery.merged import merge
from include.eks_upgrade.fleet.discovery.organization import read_organization
from include.eks_upgrade.fleet.discovery.place import Place, members, places
from include.eks_upgrade.fleet.discovery.read_place import discover_place
from include.eks_upgrade.fleet.file.model import FleetFile
from include.rehearsal.credentials import session
from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import ACCOUNTS, CENTRAL, MEMBERS, WEST, role_arn

HERE = tuple(each for each in MEMBERS if each.name in {"shop", "ranking", "archive"})
SEARCH = ACCOUNTS["search"]
PLACE = Place(
    account_name="search",
    account=SEARCH,
    region=CENTRAL,
    aws_conn_id="aws_default",
    role_arn=role_arn("search"),
)
QUICK = Config(retries={"mode": "standard", "total_max_attempts": 2})


@pytest.fixture(scope="module")
def whole() -> Iterator[Rehearsal]:
    with Rehearsal() as rehearsal:
        build(rehearsal.world, HERE)
        yield rehearsal


@pytest.fixture
def fleet(whole: Rehearsal) -> Iterator[Rehearsal]:
    yield whole
    whole.world.faults.calls.lift()
    whole.world.accounts[SEARCH].closed_regions.clear()


def made(rehearsal: Rehearsal, used: boto3.Session, service: str, region: str) -> Any:
    url = rehearsal.environment["AWS_ENDPOINT_URL"]
    return refuse_truncated_responses(
        used.client(service, endpoint_url=url, region_name=region, config=QUICK)
    )


def connect(rehearsal: Rehearsal, place: Place = PLACE) -> AwsClients:
    """Clients of a place, by the role of the fleet in its account."""
    used = rehearsal.session()
    if place.role_arn:
        with aws_errors_about("the role"):
            found = made(rehearsal, used, "sts", place.region).assume_role(
                RoleArn=place.role_arn, RoleSessionName="discovery"
            )["Credentials"]
        used = boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    made_of = {
        service: made(rehearsal, used, service, place.region)
        for service in ("eks", "ec2", "autoscaling", "ssm", "sts")
    }
    return AwsClients(region=place.region, **made_of)


def looked(rehearsal: Rehearsal, place: Place = PLACE) -> Any:
    return discover_place(place, lambda: connect(rehearsal, place))


def test_every_cluster_of_a_place_is_found_with_what_the_fleet_needs(fleet):
    found = looked(fleet)
    assert found.broken == ()
    assert {each.title for each in found.clusters} == {
        f"search/{CENTRAL}/ranking", f"search/{CENTRAL}/shop",
    }  # fmt: skip
    ranking = found.clusters[0]
    assert ranking.arn == f"arn:aws:eks:{CENTRAL}:{SEARCH}:cluster/ranking"
    assert (ranking.version, ranking.status, ranking.support) == ("1.34", "ACTIVE", "EXTENDED")
    assert (ranking.node_groups, ranking.nodes) == (1, 2)
    assert ranking.tags == {"ring": "early", "team": "search", "environment": "dev"}
    assert str(ranking.standard_ends) == "2026-12-02"
    assert (ranking.role_arn, ranking.account) == (role_arn("search"), SEARCH)
    assert ranking.unreadable == ""


def test_what_eks_offers_in_the_region_is_found_too(fleet):
    found = looked(fleet)
    assert found.newest == {CENTRAL: "1.36"}
    assert found.offered[CENTRAL][-1] == "1.36"
    assert str(found.extended_ends["1.35"]) == "2028-03-27"


def test_few_calls_are_made_and_nothing_is_changed(fleet):
    since = fleet.world.journal.last
    looked(fleet)
    entries = fleet.world.journal.entries(since=since)
    assert Counter(each.operation for each in entries) == {
        "AssumeRole": 1,
        "GetCallerIdentity": 1,
        "DescribeClusterVersions": 1,
        "ListClusters": 1,
        "DescribeCluster": 2,
        "ListNodegroups": 2,
        "DescribeNodegroup": 2,
    }
    assert not [each for each in entries if each.changes]
    (listed,) = [each for each in entries if each.operation == "ListClusters"]
    assert "include" not in listed.body


def test_a_place_without_clusters_is_not_broken(fleet):
    place = replace(PLACE, account_name="platform", account="", role_arn=role_arn("platform"))
    found = looked(fleet, place)
    assert (found.clusters, found.broken, found.newest) == ((), (), {CENTRAL: "1.36"})


def why(found: Any) -> str:
    (broken,) = found.broken
    assert found.clusters == ()
    assert (broken.account_name, broken.region) == ("search", broken.region)
    return broken.why


def test_a_role_that_is_not_there_is_told(fleet):
    missing = f"arn:aws:iam::{SEARCH}:role/nobody"
    told = why(looked(fleet, replace(PLACE, role_arn=missing)))
    assert "AccessDenied" in told
    assert missing in told


def test_a_connection_that_leads_to_another_account_is_told(fleet):
    told = why(looked(fleet, replace(PLACE, role_arn=role_arn("payments"))))
    assert f"leads to account {ACCOUNTS['payments']}, and the fleet file says {SEARCH}" in told
    told = why(looked(fleet, replace(PLACE, role_arn="")))
    assert told.startswith("connection 'aws_default': it leads to account 123456789012")
    assert "\n" not in told


def test_a_region_that_is_not_enabled_is_told(fleet):
    fleet.world.accounts[SEARCH].closed_regions.add(CENTRAL)
    assert "STS is not activated in this region" in why(looked(fleet))
    elsewhere = looked(fleet, replace(PLACE, region=WEST))
    assert [each.name for each in elsewhere.clusters] == ["archive"]


@pytest.mark.parametrize("kind", ["http500", "throttle"])
def test_a_region_that_does_not_answer_is_told_and_the_next_is_looked_at(fleet, kind):
    fleet.world.faults.add(kind, "eks:ListClusters", account=SEARCH, region=CENTRAL)
    assert "ListClusters" in why(looked(fleet))
    assert looked(fleet, replace(PLACE, region=WEST)).clusters


def test_a_throttle_that_passes_is_waited_for(fleet):
    fleet.world.faults.add("throttle", "eks:ListClusters", times=1, account=SEARCH)
    assert looked(fleet).broken == ()


def test_a_region_that_does_not_exist_is_told():
    place = replace(PLACE, region="eu-west-9")

    def nowhere() -> AwsClients:
        raise Refused("nothing answers there", [])

    assert "no EKS region 'eu-west-9' is known" in why(discover_place(place, nowhere))


def test_one_cluster_that_cannot_be_described_hides_no_other(fleet):
    fleet.world.faults.add(
        "error", "DescribeCluster", cluster="shop", code="AccessDeniedException", status=403
    )
    ranking, shop = looked(fleet).clusters
    assert ranking.unreadable == ""
    assert "AccessDenied" in shop.unreadable
    assert (shop.arn, shop.version) == (f"arn:aws:eks:{CENTRAL}:{SEARCH}:cluster/shop", "")


def test_a_cluster_whose_node_groups_cannot_be_read_is_found_and_says_so(fleet):
    fleet.world.faults.add("error", "ListNodegroups", code="AccessDeniedException", status=403)
    for each in looked(fleet).clusters:
        assert (each.version, each.node_groups) == ("1.34", 0)
        assert "ListNodegroups" in each.unreadable


def test_a_cluster_that_is_deleted_meanwhile_is_no_more(fleet):
    fleet.world.faults.add("not_found_yet", "DescribeCluster", cluster="shop")
    assert [each.name for each in looked(fleet).clusters] == ["ranking"]


def test_support_is_unknown_where_it_may_not_be_asked(fleet):
    fleet.world.faults.add(
        "error", "DescribeClusterVersions", code="AccessDeniedException", status=403
    )
    found = looked(fleet)
    assert (found.newest, found.offered, found.broken) == ({}, {}, ())
    assert {each.standard_ends for each in found.clusters} == {None}


def test_the_organisation_is_read_over_all_its_pages(fleet):
    client = made(fleet, fleet.session(), "organizations", "us-east-1")
    assert [each.name for each in members(read_organization(client))] == ["management", *ACCOUNTS]


def test_who_may_not_list_the_organisation_is_told_so(fleet):
    used = session(CENTRAL, fleet.world.pair_of(SEARCH))
    with pytest.raises(Refused, match="AccessDeniedException"):
        read_organization(made(fleet, used, "organizations", "us-east-1"))


@pytest.fixture(scope="module")
def clients(whole: Rehearsal) -> AwsClients:
    return connect(whole)


CALLS = (
    "GetCallerIdentity",
    "DescribeClusterVersions",
    "ListClusters",
    "DescribeCluster",
    "ListNodegroups",
    "DescribeNodegroup",
)
FAULTS: dict[str, dict[str, Any]] = {
    "not allowed": {"kind": "error", "code": "AccessDeniedException", "status": 403},
    "expired": {"kind": "expired_credentials"},
    "cut off": {"kind": "truncated"},
    "nobody foresaw it": {"kind": "error", "code": "TeapotException", "status": 418},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_whatever_a_call_answers_the_others_go_on_and_it_is_told(fleet, clients, call, fault):
    given = dict(FAULTS[fault])
    fleet.world.faults.add(given.pop("kind"), call, account=SEARCH, **given)
    found = discover_place(PLACE, lambda: clients)
    told = [*(each.why for each in found.broken), *(each.unreadable for each in found.clusters)]
    if (call, fault) == ("DescribeClusterVersions", "not allowed"):
        assert (found.newest, len(found.clusters)) == ({}, 2)
    else:
        assert any(told)


def test_the_management_account_is_told_when_it_has_no_such_role(fleet):
    organization = {"role_name": "eks-fleet", "regions": [CENTRAL]}
    file = FleetFile.model_validate(
        {"target": {"newest_minus": 1}, "rings": [{"name": "all"}], "organization": organization}
    )
    client = made(fleet, fleet.session(), "organizations", "us-east-1")
    found = merge(
        [looked(fleet, each) for each in places(file, members(read_organization(client)))]
    )
    assert {each.title for each in found.clusters} == {
        f"payments/{CENTRAL}/shop", f"search/{CENTRAL}/shop", f"search/{CENTRAL}/ranking",
    }  # fmt: skip
    (broken,) = found.broken
    assert (broken.account_name, "sts:AssumeRole" in broken.why) == ("management", True)

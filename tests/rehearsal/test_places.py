"""Several accounts and regions in one rehearsal: who reaches what, and what goes wrong in one."""

import base64
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import urllib3
from botocore.signers import RequestSigner

from include.rehearsal.aws import interference
from include.rehearsal.aws.accounts import open_account, trust
from include.rehearsal.credentials import session
from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import ACCOUNTS, CENTRAL, MEMBERS, TARGET, WEST, role_arn
from include.rehearsal.places import Place
from tests.rehearsal.aws.aws_lab import ONCE, control, refusal

SHOPS = tuple(each for each in MEMBERS if each.name in {"shop", "ranking"})
PAYMENTS, SEARCH = ACCOUNTS["payments"], ACCOUNTS["search"]


@pytest.fixture(scope="module")
def whole() -> Iterator[Rehearsal]:
    """The shop of payments and the shop of search, in one region, and search's ranking."""
    with Rehearsal() as rehearsal:
        build(rehearsal.world, SHOPS)
        assert rehearsal.clock.failures == []
        yield rehearsal


@pytest.fixture
def fleet(whole: Rehearsal) -> Iterator[Rehearsal]:
    yield whole
    whole.world.faults.calls.lift()
    for account in whole.world.accounts.values():
        account.closed_regions.clear()
        account.state = "ACTIVE"


def client(
    rehearsal: Rehearsal, service: str, used: boto3.Session | None = None, region: str = CENTRAL
) -> Any:
    url = rehearsal.environment["AWS_ENDPOINT_URL"]
    return (used or rehearsal.session()).client(
        service, endpoint_url=url, config=ONCE, region_name=region
    )


def own(rehearsal: Rehearsal, account: str) -> boto3.Session:
    return session(CENTRAL, rehearsal.world.pair_of(account))


def assumed(rehearsal: Rehearsal, account: str) -> boto3.Session:
    found = client(rehearsal, "sts").assume_role(
        RoleArn=role_arn(account), RoleSessionName="tests"
    )["Credentials"]
    return boto3.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def nodes(rehearsal: Rehearsal, used: boto3.Session, key: str, name: str) -> tuple[int, Any]:
    """HTTP status and names of the nodes of the cluster with this key, by a token for a name."""
    sts, server = client(rehearsal, "sts", used), rehearsal.kube_server
    assert server is not None
    signer = RequestSigner(
        sts.meta.service_model.service_id, CENTRAL, "sts", "v4", used.get_credentials(), used.events
    )
    request = {
        "method": "GET",
        "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": name},
        "context": {},
    }
    url = signer.generate_presigned_url(request, CENTRAL, 60, "GetCallerIdentity")
    bearer = "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
    with urllib3.PoolManager(ca_cert_data=server.ca_pem) as pool:
        headers = {"Authorization": f"Bearer {bearer}"}
        answer = pool.request("GET", f"{server.url(key)}/api/v1/nodes", headers=headers)
    items = answer.json().get("items", [])
    return answer.status, [each["metadata"]["name"] for each in items]


def test_one_name_is_two_clusters_in_two_accounts(fleet: Rehearsal) -> None:
    arns = {
        client(fleet, "eks", own(fleet, account)).describe_cluster(name="shop")["cluster"]["arn"]
        for account in (PAYMENTS, SEARCH)
    }
    assert arns == {f"arn:aws:eks:{CENTRAL}:{each}:cluster/shop" for each in (PAYMENTS, SEARCH)}


def test_each_account_and_region_lists_its_own_clusters(fleet: Rehearsal) -> None:
    found = {
        (account, region): client(fleet, "eks", own(fleet, account), region).list_clusters()
        for account in (PAYMENTS, SEARCH)
        for region in (WEST, CENTRAL)
    }
    assert {place: answer["clusters"] for place, answer in found.items()} == {
        (PAYMENTS, WEST): [],
        (PAYMENTS, CENTRAL): ["shop"],
        (SEARCH, WEST): [],
        (SEARCH, CENTRAL): ["ranking", "shop"],
    }
    assert client(fleet, "eks").list_clusters()["clusters"] == []


def test_a_role_leads_into_its_account(fleet: Rehearsal) -> None:
    used = assumed(fleet, "search")
    assert client(fleet, "eks", used).list_clusters()["clusters"] == ["ranking", "shop"]
    identity = client(fleet, "sts", used).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{SEARCH}:assumed-role/eks-fleet/tests"
    assert identity["Account"] == SEARCH


def test_tokens_of_one_account_are_none_of_the_others(fleet: Rehearsal) -> None:
    used = assumed(fleet, "search")
    there, here = f"{PAYMENTS}.{CENTRAL}.shop", f"{SEARCH}.{CENTRAL}.shop"
    status, names = nodes(fleet, used, here, "shop")
    assert (status, len(names)) == (200, 1)
    assert nodes(fleet, used, there, "shop") == (401, [])
    assert nodes(fleet, fleet.session(), here, "shop") == (401, [])
    assert nodes(fleet, own(fleet, PAYMENTS), there, "shop")[0] == 200


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param(f"arn:aws:iam::{SEARCH}:role/nobody-made-it", id="no such role"),
        pytest.param("arn:aws:iam::999999999999:role/eks-fleet", id="no such account"),
        pytest.param(f"arn:aws:iam::{SEARCH}:role/ranking-{CENTRAL}-nodes", id="trusts EC2 alone"),
    ],
)
def test_a_role_that_does_not_trust_us_is_refused_alike(fleet: Rehearsal, arn: str) -> None:
    code, message, status = refusal(
        client(fleet, "sts").assume_role, RoleArn=arn, RoleSessionName="tests"
    )
    assert (code, status) == ("AccessDenied", 403)
    assert f"not authorized to perform: sts:AssumeRole on resource: {arn}" in message


def test_an_external_id_has_to_be_given_when_the_trust_wants_it(fleet: Rehearsal) -> None:
    iam = client(fleet, "iam", own(fleet, SEARCH))
    policy = trust(fleet.world.account, "blue-42")
    arn = iam.create_role(RoleName="shy", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    assume = client(fleet, "sts").assume_role
    for wrong in ({}, {"ExternalId": "blue-43"}):
        assert refusal(assume, RoleArn=arn, RoleSessionName="tests", **wrong)[0] == "AccessDenied"
    assert assume(RoleArn=arn, RoleSessionName="tests", ExternalId="blue-42")["Credentials"]


def test_the_management_account_lists_the_organisation_page_by_page(fleet: Rehearsal) -> None:
    fleet.world.accounts[SEARCH].state = "CLOSED"
    pages = list(
        client(fleet, "organizations")
        .get_paginator("list_accounts")
        .paginate(PaginationConfig={"PageSize": 2})
    )
    assert [len(page["Accounts"]) for page in pages] == [0, 2, 2]
    rows = {row["Name"]: (row["Id"], row["State"]) for page in pages for row in page["Accounts"]}
    assert rows["search"] == (SEARCH, "CLOSED")
    assert rows["payments"] == (PAYMENTS, "ACTIVE")
    assert set(rows) == {"management", "payments", "search", "platform"}


def test_others_may_not_list_the_organisation(fleet: Rehearsal) -> None:
    code, _, status = refusal(client(fleet, "organizations", own(fleet, SEARCH)).list_accounts)
    assert (code, status) == ("AccessDeniedException", 400)


def test_an_account_without_an_organisation_says_so(fleet: Rehearsal) -> None:
    for account in fleet.world.accounts.values():
        account.state = None
    made = client(fleet, "organizations")
    assert refusal(made.list_accounts)[0] == "AWSOrganizationsNotInUseException"


def test_a_region_that_is_not_enabled_does_not_know_the_credentials(fleet: Rehearsal) -> None:
    fleet.world.accounts[SEARCH].closed_regions.add(CENTRAL)
    used = own(fleet, SEARCH)
    calls = {
        "eks": client(fleet, "eks", used).list_clusters,
        "ec2": client(fleet, "ec2", used).describe_subnets,
        "sts": client(fleet, "sts", used).get_caller_identity,
    }
    assert {name: refusal(call)[0] for name, call in calls.items()} == {
        "eks": "UnrecognizedClientException",
        "ec2": "AuthFailure",
        "sts": "RegionDisabledException",
    }
    assert client(fleet, "eks", used, WEST).list_clusters()["clusters"] == []
    assert client(fleet, "eks", own(fleet, PAYMENTS)).list_clusters()["clusters"] == ["shop"]


def test_a_fault_can_be_one_accounts_or_one_regions_alone(fleet: Rehearsal) -> None:
    fault = {"kind": "throttle", "operation": "eks:*", "account": SEARCH, "region": CENTRAL}
    control(fleet, "POST", "faults", {"calls": [fault]})
    lists = {
        (account, region): client(fleet, "eks", own(fleet, account), region).list_clusters
        for account in (PAYMENTS, SEARCH)
        for region in (WEST, CENTRAL)
    }
    assert refusal(lists.pop((SEARCH, CENTRAL)))[2] == 429
    assert all("clusters" in call() for call in lists.values())


def test_a_fault_and_the_journal_can_mean_one_of_two_clusters_of_a_name(fleet: Rehearsal) -> None:
    key, since = f"{SEARCH}.{CENTRAL}.shop", fleet.world.journal.last
    fleet.world.faults.add("http500", "DescribeCluster", cluster=key)
    describe = {
        each: client(fleet, "eks", own(fleet, each)).describe_cluster for each in (SEARCH, PAYMENTS)
    }
    assert refusal(describe[SEARCH], name="shop")[2] == 500
    assert describe[PAYMENTS](name="shop")
    (entry,) = fleet.world.journal.entries(cluster=key, since=since)
    assert (entry.account, entry.region, entry.status) == (SEARCH, CENTRAL, 500)


def test_what_breaks_with_the_new_version_can_be_mended(fleet: Rehearsal) -> None:
    key = f"{SEARCH}.{CENTRAL}.ranking"
    kube = fleet.world.clusters[key]
    with fleet.clock.lock:
        for node in kube.store.list("nodes"):
            kube.store.change("nodes", None, node["metadata"]["name"], _as_target)
        kube.store.remove("pods", "ranking", _rankers(kube)[0]["metadata"]["name"])
    fleet.clock.advance(60)
    assert not all(_is_ready(pod) for pod in _rankers(kube))
    interference.mend_workload(fleet.world, key, "ranking", "ranker")
    fleet.clock.advance(120)
    assert all(_is_ready(pod) for pod in _rankers(kube))


def _as_target(node: dict[str, Any]) -> None:
    node["status"]["nodeInfo"]["kubeletVersion"] = f"v{TARGET}.9-eks-1"


def _rankers(kube: Any) -> list[dict[str, Any]]:
    pods = kube.store.list("pods")
    return [each for each in pods if each["metadata"]["labels"].get("app") == "ranker"]


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def test_an_account_is_opened_once(fleet: Rehearsal) -> None:
    again = open_account(fleet.world, SEARCH, "search")
    assert again is fleet.world.accounts[SEARCH]


def test_all_twelve_of_the_fleet_are_named_once_and_fill_every_place() -> None:
    assert len({(each.place, each.name) for each in MEMBERS}) == len(MEMBERS) == 12
    assert {each.place for each in MEMBERS} == {
        Place(number, region) for number in ACCOUNTS.values() for region in (WEST, CENTRAL)
    }

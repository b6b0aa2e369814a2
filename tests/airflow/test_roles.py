"""A role beside the connection: one Airflow, one connection, clusters in several accounts."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.connection import assumed_role
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.shared_session import read_access, shared_aws
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.client import KubeClient
from include.rehearsal.aws.accounts import trust
from include.rehearsal.environment import Rehearsal
from include.rehearsal.fleet.build import build
from include.rehearsal.fleet.members import ACCOUNTS, CENTRAL, MEMBERS, role_arn
from include.rehearsal.places import Place
from include.rehearsal.seeding import Seeder
from tests.airflow.upgrade import Upgrade
from tests.airflow.worker import Run, environment, fire, parameters

SHOPS = tuple(each for each in MEMBERS if each.name == "shop")
PAYMENTS, SEARCH = (
    ClusterAddress("shop", "aws_default", CENTRAL, role_arn(each))
    for each in ("payments", "search")
)
NOWHERE = f"arn:aws:iam::{ACCOUNTS['search']}:role/nobody-made-it"


@pytest.fixture(scope="module")
def whole() -> Iterator[Rehearsal]:
    """Two clusters of one name in two accounts of one region; the worker's key is a third one's."""
    with Rehearsal(speed=600) as rehearsal:
        build(rehearsal.world, SHOPS)
        yield rehearsal


@pytest.fixture
def fleet(whole: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    assumed_role.forget()
    for name, value in environment(whole).items():
        monkeypatch.setenv(name, value)
    return whole


def account_of(address: ClusterAddress) -> str:
    arn = address.clients().eks.describe_cluster(name="shop")["cluster"]["arn"]
    return str(arn).split(":")[4]


async def listed(address: ClusterAddress) -> list[str]:
    async with address.async_client("eks") as eks:
        names: list[str] = (await eks.list_clusters())["clusters"]
        return names


async def nodes(address: ClusterAddress) -> list[str]:
    async with KubeClient(await read_access(address)) as kube:
        return [node.name for node in await kube.nodes()]


def assumed(rehearsal: Rehearsal, since: int) -> list[dict[str, Any]]:
    entries = rehearsal.world.journal.entries(operation="AssumeRole", since=since)
    return [dict(each.body) for each in entries]


def test_each_role_leads_to_its_own_accounts_cluster(fleet):
    assert account_of(PAYMENTS) == ACCOUNTS["payments"]
    assert account_of(SEARCH) == ACCOUNTS["search"]
    assert asyncio.run(listed(PAYMENTS)) == asyncio.run(listed(SEARCH)) == ["shop"]
    with pytest.raises(Exception, match="No cluster found"):
        account_of(ClusterAddress("shop", "aws_default", CENTRAL))


def test_kubernetes_is_reached_by_the_roles_token(fleet):
    assert asyncio.run(nodes(PAYMENTS)) != asyncio.run(nodes(SEARCH))


def test_two_accounts_share_nothing_in_one_process(fleet):
    assert shared_aws(PAYMENTS) is not shared_aws(SEARCH)
    identities = {shared_aws(each).access("shop").identity for each in (PAYMENTS, SEARCH)}
    assert len(identities) == 2


def test_two_accounts_looked_at_side_by_side_stay_apart(fleet):
    seen: dict[int, str] = {}

    def look(number: int) -> None:
        seen[number] = account_of((PAYMENTS, SEARCH)[number % 2])

    threads = [threading.Thread(target=look, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert seen == {
        number: ACCOUNTS[("payments", "search")[number % 2]] for number in range(6)
    }  # fmt: skip


def test_the_clients_of_a_step_assume_the_role_once(fleet):
    since = fleet.world.journal.last
    clients = SEARCH.clients()
    clients.eks.list_clusters()
    clients.ec2.describe_subnets()
    clients.sts.get_caller_identity()
    SEARCH.access({"endpoint": "", "certificateAuthority": {"data": ""}}).token()
    assert len(assumed(fleet, since)) == 1


def test_the_session_is_named_after_the_run(fleet, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CTX_DAG_ID", "eks_upgrade")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "manual__2026-11-26T10:00:00+00:00")
    found = SEARCH.clients().sts.get_caller_identity()["Arn"]
    assert found.endswith("/eks-fleet/eks_upgrade_manual__2026-11-26T10-00-00+00-00")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "r" * 300)
    assert len(assumed_role.session_name()) == 64


def test_outside_a_run_the_session_has_a_name_too(fleet, monkeypatch):
    for part in ("DAG_ID", "DAG_RUN_ID"):
        monkeypatch.delenv(f"AIRFLOW_CTX_{part}", raising=False)
    assert SEARCH.clients().sts.get_caller_identity()["Arn"].endswith("/eks-fleet/eks-upgrade")


WAYS = {
    "clients": lambda address: address.clients(),
    "session": lambda address: address.session(),
    "asynchronous": lambda address: asyncio.run(listed(address)),
    "Kubernetes": lambda address: asyncio.run(nodes(address)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_role_that_may_not_be_assumed_is_told_in_plain_words(fleet, way):
    with pytest.raises(Refused) as raised:
        WAYS[way](ClusterAddress("shop", "aws_default", CENTRAL, NOWHERE))
    told = str(raised.value)
    assert f"role {NOWHERE}: AWS does not let the AWS connection 'aws_default' assume it" in told
    assert "its trust policy names who asks" in told


def test_a_step_with_such_a_role_needs_a_person_and_shows_no_stack_trace(fleet):
    run = Run(parameters(cluster_name="shop", region=CENTRAL, role_arn=NOWHERE))
    with pytest.raises(AirflowFailException, match="trust policy"):
        run.do("lock", EksLockClusterOperator)
    assert "nobody-made-it" in str(run.failure)


def test_a_step_takes_the_lock_in_the_roles_account(fleet):
    role = f" {role_arn('search')} "
    run = Run(parameters(cluster_name="shop", region=CENTRAL, role_arn=role))
    run.do("lock", EksLockClusterOperator)
    held = {
        account: fleet.world.clusters[f"{ACCOUNTS[account]}.{CENTRAL}.shop"].store.find(
            "leases", "kube-system", "eks-upgrade"
        )
        for account in ("payments", "search")
    }
    assert held["payments"] is None
    assert held["search"]["spec"]["holderIdentity"]


def test_a_wait_in_the_triggerer_goes_by_the_role(fleet):
    eks = SEARCH.clients().eks
    update = eks.update_cluster_version(name="shop", version="1.35")["update"]["id"]
    trigger = EksUpdateTrigger.within(1, SEARCH, poll_seconds=0.1, update_id=update)
    assert fire(trigger).payload["state"] == "done"


def hub(monkeypatch: pytest.MonkeyPatch, **extra: Any) -> str:
    monkeypatch.setenv(
        "AIRFLOW_CONN_AWS_HUB",
        json.dumps({"conn_type": "aws", "extra": {"region_name": CENTRAL, **extra}}),
    )
    return "aws_hub"


def trusted_by_search(rehearsal: Rehearsal, name: str, policy: str) -> str:
    iam = Seeder(rehearsal.world, Place(ACCOUNTS["search"], CENTRAL)).iam
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"])


def test_the_connections_own_role_is_assumed_first(fleet, monkeypatch):
    wanted = trusted_by_search(fleet, "for-platform", trust(ACCOUNTS["platform"]))
    connection = hub(monkeypatch, role_arn=role_arn("platform"))
    address = ClusterAddress("shop", connection, CENTRAL, wanted)
    assert account_of(address) == ACCOUNTS["search"]
    assert asyncio.run(listed(address)) == ["shop"]
    with pytest.raises(Refused, match="for-platform"):
        ClusterAddress("shop", "aws_default", CENTRAL, wanted).clients()


def test_an_external_id_stands_in_the_connection(fleet, monkeypatch):
    wanted = trusted_by_search(fleet, "with-an-id", trust(fleet.world.account, "blue-42"))
    for given, works in (("blue-42", True), ("red-1", False)):
        connection = hub(monkeypatch, assume_role_kwargs={"ExternalId": given})
        address = ClusterAddress("shop", connection, CENTRAL, wanted)
        if works:
            assert account_of(address) == ACCOUNTS["search"]
        else:
            with pytest.raises(Refused, match="external id"):
                address.clients()


def test_a_session_near_its_end_is_renewed(fleet, monkeypatch):
    # botocore renews what has less than 15 minutes left; AWS gives no shorter session than that.
    connection = hub(monkeypatch, assume_role_kwargs={"DurationSeconds": 900})
    address = ClusterAddress("shop", connection, CENTRAL, role_arn("search"))
    since = fleet.world.journal.last
    eks = address.clients().eks
    eks.list_clusters()
    eks.list_clusters()
    assert asyncio.run(listed(address)) == ["shop"]
    assert len(assumed(fleet, since)) > 2


def test_triggers_that_an_older_version_has_stored_still_go():
    path, arguments = EksUpdateTrigger.within(
        1, ClusterAddress("shop", None, CENTRAL), poll_seconds=1.0, update_id="u"
    ).serialize()
    assert path.endswith("EksUpdateTrigger")
    del arguments["role_arn"]
    assert EksUpdateTrigger(**arguments).address == ClusterAddress("shop", None, CENTRAL)


def test_every_trigger_carries_the_role():
    trigger = EksDrainTrigger.within(
        1,
        SEARCH,
        poll_seconds=1.0,
        kubernetes_conn_id=None,
        nodegroup_name="workers",
        node_selector="",
        options={},
        mark="m",
        not_before=0.0,
    )
    assert EksDrainTrigger(**trigger.serialize()[1]).address == SEARCH


def test_a_whole_upgrade_goes_by_the_role(fleet, tmp_path):
    given = {"cluster_name": "shop", "region": CENTRAL, "role_arn": role_arn("payments")}
    upgrade = Upgrade(Run(parameters(**given)), tmp_path)
    since = fleet.world.journal.last
    upgrade.plan()
    upgrade.lock()
    upgrade.addons("addons_before")
    upgrade.control_plane()
    upgrade.addons("addons_after")
    upgrade.new_group()
    upgrade.fence()
    upgrade.drain()
    upgrade.verify()
    upgrade.delete()
    assert upgrade.await_deletion() == "gone"
    upgrade.confirm_gone()
    upgrade.verify_cluster()
    upgrade.unlock()
    found = PAYMENTS.clients().eks.describe_cluster(name="shop")["cluster"]
    assert found["version"] == "1.35"
    entries = fleet.world.journal.entries(side="aws", since=since)
    others = {each.operation for each in entries if each.account != ACCOUNTS["payments"]}
    assert others == {"AssumeRole"}

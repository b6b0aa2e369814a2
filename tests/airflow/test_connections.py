"""One Airflow, many accounts: connections that assume a role, as docs/permissions.md shows them."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.client import KubeClient
from include.rehearsal.aws.rights.policy import Asked, allows
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.worker import fire
from tests.permissions.documents import ACCOUNT_IN_DOCS, airflow_connection, trust_policy
from tests.permissions.stage import (
    ACCOUNT,
    CONNECTION,
    WORKERS_ROLE,
    SeenKeys,
    connection_here,
    worker_environment,
)
from tests.permissions.stories import recorded

pytestmark = pytest.mark.timeout(900)  # the first test plays all the runs

CLUSTER = "pay"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks-upgrade"
VARIABLE = f"AIRFLOW_CONN_{CONNECTION.upper()}"


def roles_assumed() -> list[Mapping[str, Any]]:
    """The parameters with which the runs assumed roles."""
    return [c.entry.body for c in recorded().calls if c.entry.operation == "AssumeRole"]


def test_the_connection_of_the_docs_carries_whole_runs_into_the_clusters_account() -> None:
    extra = airflow_connection()["extra"]
    assert {each["RoleArn"] for each in roles_assumed()} == {
        extra["role_arn"].replace(ACCOUNT_IN_DOCS, ACCOUNT)
    }
    assert {each["RoleSessionName"] for each in roles_assumed()} == {"airflow_aws_payments"}


def test_the_workers_own_key_assumes_roles_and_does_nothing_else() -> None:
    own = recorded().worker_key
    assert recorded().at_aws[own] == len(roles_assumed()) > 0
    assert own not in recorded().at_kubernetes
    assert sum(recorded().at_kubernetes.values()) > 0


def test_the_trust_policy_of_the_docs_lets_in_who_brings_the_external_id_only() -> None:
    statements = trust_policy()["Statement"]
    assert statements[0]["Principal"]["AWS"] == WORKERS_ROLE
    for brought in roles_assumed():
        context = {"sts:ExternalId": brought["ExternalId"]}
        assert allows(statements, Asked("sts:AssumeRole", context=context))
    for context in ({}, {"sts:ExternalId": "another"}):
        assert not allows(statements, Asked("sts:AssumeRole", context=context))


def test_the_role_is_assumed_at_the_sts_of_the_connections_region() -> None:
    extra = airflow_connection()["extra"]
    endpoint = extra["service_config"]["sts"]["endpoint_url"]
    assert endpoint == f"https://sts.{extra['region_name']}.amazonaws.com"


def signed_for(token: str) -> str:
    """The address in a bearer token, up to the question mark."""
    text = token.removeprefix("k8s-aws-v1.")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("?")[0]


PLACES = [
    pytest.param(None, "https://sts.eu-west-1.amazonaws.com/", id="the region's public name"),
    pytest.param(
        "https://vpce-0abc.sts.eu-west-1.vpce.amazonaws.com",
        "https://sts.eu-west-1.amazonaws.com/",
        id="not a VPC endpoint's, which EKS does not take",
    ),
]


@pytest.mark.parametrize(("sts", "host"), PLACES)
def test_kubernetes_tokens_are_signed_for_the_region(
    monkeypatch: pytest.MonkeyPatch, sts: str | None, host: str
) -> None:
    extra: dict[str, Any] = {"region_name": "eu-west-1"}
    if sts:
        extra["service_config"] = {"sts": {"endpoint_url": sts}}
    connect(monkeypatch, extra, login="AKIAIOSFODNN7EXAMPLE", password="a" * 40)
    cluster = {"endpoint": "https://x", "certificateAuthority": {"data": ""}}
    assert signed_for(ClusterAddress(CLUSTER, CONNECTION).access(cluster).token()) == host


def connect(patch: pytest.MonkeyPatch, extra: Mapping[str, Any], **more: Any) -> None:
    """Define the connection."""
    patch.setenv(VARIABLE, json.dumps({"conn_type": "aws", "extra": extra, **more}))


def test_what_the_connection_says_about_clients_is_laid_over_our_own_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxies = {"https": "http://proxy.example:3128"}
    own = {"proxies": proxies, "read_timeout": 20}
    connect(monkeypatch, {"region_name": "eu-west-1", "config_kwargs": own})
    config = ClusterAddress(CLUSTER, CONNECTION).hook("eks").conn.meta.config
    assert (config.proxies, config.read_timeout, config.connect_timeout) == (proxies, 20, 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 10}


def test_a_connection_that_turns_the_verification_of_tls_off_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connect(monkeypatch, {"region_name": "eu-west-1", "verify": False})
    address = ClusterAddress(CLUSTER, CONNECTION)
    with pytest.raises(Refused, match="take verify out of it"):
        address.clients()
    with pytest.raises(Refused, match="take verify out of it"):
        address.session()
    with pytest.raises(Refused, match="take verify out of it"):
        asyncio.run(listed(address))


def test_a_ca_bundle_in_the_connection_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, {"region_name": "eu-west-1", "verify": "/etc/ssl/company.pem"})
    assert ClusterAddress(CLUSTER, CONNECTION).hook("eks").verify == "/etc/ssl/company.pem"


# --- sessions that end ----------------------------------------------------------------------------


class Account:
    """A rehearsed account with one cluster, which the worker reaches by assuming a role."""

    def __init__(self, rehearsal: Rehearsal, keys: SeenKeys) -> None:
        self.rehearsal, self.keys = rehearsal, keys
        self.url = rehearsal.environment["AWS_ENDPOINT_URL"]
        self.sts, self.eks = (
            rehearsal.session().client(name, endpoint_url=self.url) for name in ("sts", "eks")
        )
        self.worker = self.sts.assume_role(RoleArn=WORKERS_ROLE, RoleSessionName="worker")[
            "Credentials"
        ]
        self.keys.at_aws.clear()
        self.address = ClusterAddress(CLUSTER, CONNECTION)

    def sessions(self) -> set[str]:
        """Access key ids of the role's sessions that asked for something."""
        seen = {*self.keys.at_aws, *self.keys.at_kubernetes}
        return seen - {self.worker["AccessKeyId"], self.rehearsal.world.keys.current[0]}

    def end_sessions(self) -> set[str]:
        ended = self.sessions()
        for key_id in ended:
            self.keys.expire(key_id)
        return ended

    def done(self, operation: str) -> int:
        found = self.rehearsal.world.journal.entries(operation=operation)
        return sum(each.done for each in found)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    rehearsal, keys = Rehearsal(speed=0.0), SeenKeys()
    rehearsal.world.keys = keys
    with rehearsal:
        plain(rehearsal.world, CLUSTER, "1.33", 1, PlainOptions(addons={}))
        made = Account(rehearsal, keys)
        for name, value in worker_environment(rehearsal, made.worker).items():
            monkeypatch.setenv(name, value)
        yield made
        assert rehearsal.clock.failures == []


async def listed(address: ClusterAddress) -> list[str]:
    async with address.async_client("eks") as eks:
        names: list[str] = (await eks.list_clusters())["clusters"]
        return names


async def nodes(address: ClusterAddress) -> int:
    async with KubeClient(await read_access(address)) as kube:
        return len(await kube.nodes())


def test_every_way_to_aws_and_kubernetes_goes_by_the_role(account: Account) -> None:
    assert account.address.clients().eks.list_clusters()["clusters"] == [CLUSTER]
    assert asyncio.run(listed(account.address)) == [CLUSTER]
    assert asyncio.run(nodes(account.address)) == 1
    assert account.address.session().client("sts").get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/eks-upgrade/airflow_{CONNECTION}"
    )
    own = account.worker["AccessKeyId"]
    assert account.keys.at_aws[own] == account.done("AssumeRole") - 1  # the test's own


def test_without_the_connection_the_worker_sees_nothing_of_the_account(account: Account) -> None:
    assert (
        ClusterAddress(CLUSTER, None, "eu-west-1").clients().eks.list_clusters()["clusters"] == []
    )


def test_a_session_near_its_end_is_renewed_within_a_step(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = json.loads(connection_here(account.url))
    # botocore renews what has less than 15 minutes left; AWS gives no shorter session than that.
    short["extra"]["assume_role_kwargs"]["DurationSeconds"] = 900
    monkeypatch.setenv(VARIABLE, json.dumps(short))
    clients = account.address.clients()
    clients.eks.list_clusters()
    first = account.sessions()
    clients.eks.list_clusters()
    assert account.sessions() > first


def test_a_new_step_has_a_session_of_its_own(account: Account) -> None:
    for number in (1, 2):
        assert asyncio.run(listed(account.address)) == [CLUSTER]
        assert len(account.end_sessions()) == number


def test_a_wait_goes_on_with_a_new_session_when_its_own_has_ended(account: Account) -> None:
    update = account.eks.update_cluster_version(name=CLUSTER, version="1.34")["update"]["id"]
    trigger = EksUpdateTrigger.within(0.5, account.address, poll_seconds=0.05, update_id=update)
    ended: set[str] = set()

    def meanwhile() -> None:
        wait_for(lambda: account.done("DescribeUpdate") > 1)
        ended.update(account.end_sessions())
        wait_for(lambda: account.sessions() - ended)
        account.rehearsal.clock.advance(900)

    beside = threading.Thread(target=meanwhile)
    beside.start()
    event = fire(trigger).payload
    beside.join()
    assert event["state"] == "done", event
    assert ended
    assert account.sessions() - ended


def wait_for(true: Any) -> None:
    """Until it is so, ten seconds at most."""
    until = time.monotonic() + 10
    while not true() and time.monotonic() < until:
        time.sleep(0.02)

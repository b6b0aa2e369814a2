"""A drain of a cluster that an Airflow connection leads to, without AWS."""

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.kubernetes import KubernetesConnection
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator, EksUnlockClusterOperator
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger
from kubernetes.client import Configuration

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube.client import KubeClient
from include.rehearsal.kube.auth.tls import make_certificates
from include.rehearsal.workloads import App
from tests.airflow.drain.connection_lab import CONN_ID, Connected, Elsewhere
from tests.airflow.drain.drain_lab import CLUSTER, LABEL, DrainLab, drain_lab
from tests.airflow.secret_search import secrets_in
from tests.airflow.worker import Run, fire, resurrected
from tests.connect_proxy import connect_proxy
from tests.eks_upgrade.kube.connection.test_kubeconfig import a_client_certificate, b64

WEB = App("shop", "web", 6, {"maxUnavailable": 2})
SLOW = App("shop", "slow", 8, {"maxUnavailable": 1}, start=20, ready=20, stop=20)


@pytest.fixture(scope="module")
def cluster() -> Iterator[DrainLab]:
    with drain_lab(WEB, SLOW) as made:
        yield made


@pytest.fixture
def there(
    cluster: DrainLab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Elsewhere]:
    made = Elsewhere(cluster, monkeypatch, tmp_path)
    cluster.begin()
    yield made
    Configuration.set_default(None)  # the provider's hook leaves an address in it


def by_path(there: Elsewhere) -> None:
    there.connect(kube_config_path=there.write_kubeconfig(there.kubeconfig()))


def by_content(there: Elsewhere) -> None:
    there.connect(kube_config=json.dumps(there.kubeconfig()), cluster_context="demo")


def by_old_names(there: Elsewhere) -> None:
    there.connect(extra__kubernetes__kube_config=there.kubeconfig())


def by_default_file(there: Elsewhere) -> None:
    path = there.write_kubeconfig(there.kubeconfig())
    there.patch.setenv("KUBECONFIG", path)  # read by the package when it is imported
    there.patch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", path)
    there.connect()


WAYS = [
    pytest.param(by_path, id="kubeconfig by its path"),
    pytest.param(by_content, id="kubeconfig as JSON"),
    pytest.param(by_old_names, id="fields with the prefix of old"),
    pytest.param(by_default_file, id="nothing said: the default kubeconfig"),
    pytest.param(Elsewhere.connect_in_cluster, id="in-cluster"),
]


@pytest.mark.parametrize("connect", WAYS)
def test_a_drain_goes_the_connections_way_and_asks_aws_nothing(
    there: Elsewhere, connect: Any
) -> None:
    connect(there)
    before = len(there.lab.left())
    run = Connected({})
    result = there.drain(run)

    assert run.deferred == ["EksDrainTrigger"]
    assert result["data"]["moved"] == before > 0
    assert there.lab.left() == []
    assert there.requests("kube") > 0
    assert there.requests("aws") == 0


def test_what_is_stored_names_the_connection_and_holds_no_secret(there: Elsewhere) -> None:
    by_content(there)
    run = Connected({})
    there.drain(run)

    (serialized,) = [each for each in run.letters if isinstance(each, tuple)]
    assert serialized[1]["kubernetes_conn_id"] == CONN_ID
    kept = json.dumps([run.letters, run.done], default=str).encode()
    known = {"token": [there.token], "key": list(there.lab.rehearsal.world.keys.current)}
    assert list(secrets_in(kept, known)) == []
    access = KubernetesConnection(CONN_ID).read_access()
    assert access.token() == there.token
    assert there.token not in repr(access)


def test_nodes_are_selected_by_their_labels(there: Elsewhere) -> None:
    by_path(there)
    result = there.drain(node_selector=f"{LABEL} in ({there.lab.old}),!gone")
    assert there.lab.left() == []
    assert f"nodes with {LABEL} in ({there.lab.old}),!gone" in result["text"]


def test_an_eks_cluster_is_drained_by_labels_too(
    there: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", '{"conn_type": "aws"}')
    there.drain(there.lab.run(), node_selector=f"{LABEL}={there.lab.old}")
    assert there.lab.left() == []
    assert there.requests("aws") > 0


def test_the_clusters_lock_is_taken_and_given_back_over_the_connection(there: Elsewhere) -> None:
    by_path(there)
    run, other = Connected({}), Connected({}, run_id="manual__2")
    run.do("lock", EksLockClusterOperator)
    with pytest.raises(AirflowFailException, match="manual__1"):
        there.drain(other)
    there.drain(run)
    with pytest.raises(AirflowFailException, match="manual__1"):
        other.do("lock", EksLockClusterOperator)
    run.do("unlock", EksUnlockClusterOperator)
    other.do("lock", EksLockClusterOperator)
    other.do("unlock", EksUnlockClusterOperator)
    assert there.requests("aws") == 0


def test_the_lock_holds_for_longer_than_the_drain_may_take() -> None:
    task = EksDrainNodesOperator(
        task_id="drain", kubernetes_conn_id=CONN_ID, nodegroup_name="n", timeout_minutes=600
    )
    assert task.lock_minutes < task.timeout_minutes
    with pytest.raises(KeyError):
        task.execute({})  # it stops at the first thing it wants of its context
    assert task.lock_minutes > task.timeout_minutes


def trigger(there: Elsewhere, seconds: float) -> Any:
    return EksDrainTrigger.within(
        seconds / 60,
        ClusterAddress("", None, None),
        poll_seconds=0.05,
        kubernetes_conn_id=CONN_ID,
        nodegroup_name=there.lab.old,
        options={"ignore_daemonsets": True},
        mark="manual__1",
    )


def test_a_token_that_is_rotated_in_the_middle_of_a_drain_is_taken_up(there: Elsewhere) -> None:
    by_path(there)
    first, keys = there.token, there.lab.rehearsal.world.keys

    def rotate() -> None:
        wait_for(lambda: there.lab.done("create pods/eviction").total() >= 1)
        keys.rotate()
        there.write_token()

    beside = threading.Thread(target=rotate)
    beside.start()
    event = fire(trigger(there, 60)).payload
    beside.join()
    assert event["state"] == "done", event
    assert there.token != first
    assert there.lab.left() == []
    assert set(there.lab.done("create pods/eviction").values()) == {1}


def wait_for(true: Any) -> None:
    until = time.monotonic() + 20
    while not true() and time.monotonic() < until:
        time.sleep(0.02)


@pytest.mark.parametrize(
    "in_file", [pytest.param(True, id="the kubeconfig's"), pytest.param(False, id="the machine's")]
)
def test_a_proxy_carries_the_whole_drain(there: Elsewhere, in_file: bool) -> None:
    with connect_proxy() as proxy:
        url = f"http://ann:hidden@{proxy.host}"
        content = there.kubeconfig(**({"proxy-url": url} if in_file else {}))
        there.connect(kube_config=content)
        if not in_file:
            there.patch.setenv("HTTPS_PROXY", url)
        run = Connected({})
        there.drain(run)
        assert proxy.targets
        assert set(proxy.credentials) == {"Basic " + b64("ann:hidden")}
    server = there.lab.rehearsal.world.kube_url(CLUSTER).removeprefix("https://")
    assert set(proxy.targets) == {server.partition("/")[0]}
    assert there.lab.left() == []
    assert "hidden" not in json.dumps([run.letters, run.done], default=str)


def test_no_proxy_is_honoured(there: Elsewhere) -> None:
    by_path(there)
    there.patch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    there.patch.setenv("NO_PROXY", "127.0.0.0/8")
    assert KubernetesConnection(CONN_ID).read_access().proxy == ""
    there.drain()
    assert there.lab.left() == []


async def test_a_client_certificate_is_shown(there: Elsewhere) -> None:
    # The rehearsal's API server knows tokens only; here a server that asks for certificates.
    certificates, (certificate, key) = make_certificates(), a_client_certificate("alice")
    context = certificates.server_context()
    context.load_verify_locations(cadata=certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    peers: list[Any] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        peers.append(writer.get_extra_info("peercert")["subject"])
        body = b'{"metadata": {"resourceVersion": "1"}, "items": []}'
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        content = there.kubeconfig(
            **{
                "server": f"https://127.0.0.1:{port}",
                "certificate-authority-data": b64(certificates.ca_pem),
            }
        )
        user = {"client-certificate-data": b64(certificate), "client-key-data": b64(key)}
        content["users"] = [{"name": "u", "user": user}]
        there.connect(kube_config=content)
        access = await KubernetesConnection(CONN_ID).read_access_async()
        assert access.token() == ""
        async with KubeClient(access) as kube:
            assert await kube.nodes() == []
    assert peers == [((("commonName", "alice"),),)]


REFUSED = [
    pytest.param({"in_cluster": True, "disable_verify_ssl": True}, {}, "'Disable SSL'", id="ssl"),
    pytest.param({"disable_verify_ssl": "True"}, {}, "'Disable SSL'", id="ssl as a text"),
    pytest.param(
        {},
        {"insecure-skip-tls-verify": True, "certificate-authority-data": ""},
        "take it out, and give the cluster's certificate-authority",
        id="insecure kubeconfig",
    ),
    pytest.param({}, {"server": "http://127.0.0.1:1"}, "no https:// address", id="plain http"),
    pytest.param({}, {"proxy-url": "socks5://u:hidden@p"}, "only http:// is", id="odd proxy"),
    pytest.param({"cluster_context": "no"}, {}, "there is no context no", id="unknown context"),
    pytest.param({"kube_config_path": "/x"}, {}, "mutually exclusive", id="two kubeconfigs"),
    pytest.param(
        {}, {"certificate-authority-data": None, "hidden": 1}, "Expected key", id="no value"
    ),
    pytest.param({"kube_config": "{"}, None, "connection 'elsewhere': it cannot be", id="no JSON"),
    pytest.param({"kube_config_path": "/no/file"}, None, "no such file", id="no file"),
    pytest.param({"in_cluster": True}, None, "Service host/port is not set", id="not in a pod"),
]


@pytest.mark.parametrize(("extra", "cluster_entry", "words"), REFUSED)
def test_a_connection_that_cannot_be_trusted_or_used_is_refused(
    there: Elsewhere,
    extra: dict[str, Any],
    cluster_entry: dict[str, Any] | None,
    words: str,
) -> None:
    held = {} if cluster_entry is None else {"kube_config": there.kubeconfig(**cluster_entry)}
    there.connect(**held, **extra)
    with pytest.raises(AirflowFailException) as raised:
        there.drain()
    told = str(raised.value)
    assert words in told
    assert "Remedy: " in told
    assert "hidden" not in told
    assert there.requests("kube") == 0
    # Nothing is changed for the other tasks of this process.
    assert Configuration.get_default_copy().verify_ssl


def test_a_user_that_would_act_as_somebody_else_is_refused(there: Elsewhere) -> None:
    content = there.kubeconfig()
    content["users"][0]["user"]["as"] = "root"
    there.connect(kube_config=content)
    with pytest.raises(AirflowFailException, match="impersonation"):
        there.drain()


def test_an_unknown_connection_is_refused_in_words(there: Elsewhere) -> None:
    with pytest.raises(AirflowFailException) as raised:
        there.drain()
    assert "Airflow has no connection of this name" in str(raised.value)
    assert "correct kubernetes_conn_id" in str(raised.value)


async def test_a_trigger_whose_connection_is_gone_ends_with_words(there: Elsewhere) -> None:
    event = await resurrected(trigger(there, 5)).ended()
    assert event["state"] == Refused.__name__
    assert "Airflow has no connection of this name" in event["detail"]


def test_two_connections_that_are_read_at_once_do_not_mix(there: Elsewhere) -> None:
    ids = [f"cluster_{number}" for number in range(8)]
    for conn_id in ids:
        content = there.kubeconfig(server=f"https://{conn_id.replace('_', '-')}.example")
        extra = {"conn_type": "kubernetes", "extra": {"kube_config": content}}
        there.patch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(extra))

    async def read() -> list[str]:
        many = (KubernetesConnection(conn_id).read_access_async() for conn_id in ids * 4)
        return [access.endpoint for access in await asyncio.gather(*many)]

    assert asyncio.run(read()) == [f"https://{one.replace('_', '-')}.example" for one in ids * 4]


def test_all_that_is_wrong_with_the_arguments_is_told_at_once() -> None:
    with pytest.raises(AirflowFailException) as raised:
        Nowhere({}).do(
            "drain",
            EksDrainNodesOperator,
            node_selector="a in b",
            nodegroup_name="n",
            replacement_name="m",
            when_blocked={"refused": "shrug"},
        )
    told = str(raised.value)
    assert ": 5 problems\n" in told
    for words in ("neither cluster_name nor", "both are given", "a in b", "to_version", "shrug"):
        assert words in told


class Nowhere(Run):
    @property
    def cluster(self) -> dict[str, Any]:
        return {}


WRONG = [
    pytest.param({}, "neither is given", id="no nodes"),
    pytest.param(
        {"nodegroup_name": "n", "replacement_name": "m", "to_version": "1.33"},
        "asked of EKS",
        id="a replacement that only EKS knows",
    ),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_arguments_that_cannot_be_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(AirflowFailException, match=words):
        Connected({}).do("drain", EksDrainNodesOperator, **arguments)

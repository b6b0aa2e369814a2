"""Readings beside one another: whatever one of them meets, the others are read."""

import asyncio
import threading
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.common.reading import NotRead, Reading, Readings
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.errors import Answer, error_of
from include.eks_upgrade.preflight.side_by_side import read_all

GOOD: Reading[str] = Reading("good", "what is there")
BAD: Reading[str] = Reading("bad", "the access entries", ("eks:ListAccessEntries",))
FACTS = ClusterFacts(cluster={"name": "demo", "version": "1.30"})
NO_CLIENTS: Any = [None] * 4
CLIENTS = AwsClients("eu-central-1", *NO_CLIENTS)
ACCESS = ClusterAccess("http://localhost:1", "", lambda: "token")


def read(**given: Any) -> Readings:
    access = given.pop("access", ACCESS)
    return asyncio.run(
        read_all(CLIENTS, FACTS, access, **{"aws": {}, "kube": {}, "later": {}} | given)
    )


def raising(error: Exception) -> Any:
    def reader(*_: Any) -> object:
        raise error

    return reader


def of_aws(code: str, message: str = "no", status: int = 400) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "ListAccessEntries")


def good(*_: Any) -> str:
    return "there"


AWS_ERRORS = [
    pytest.param(
        of_aws("AccessDeniedException", "User x is not authorized."),
        "the caller may not eks:ListAccessEntries (docs/permissions.md): User x is not authorized",
        id="a-right-that-lacks",
    ),
    pytest.param(of_aws("UnauthorizedOperation"), "the caller may not eks:", id="ec2s-own-word"),
    pytest.param(of_aws("ThrottlingException"), "ThrottlingException: no", id="throttled"),
    pytest.param(of_aws("NewWordException", status=500), "NewWordException", id="a-word-unheard"),
    pytest.param(
        ConnectTimeoutError(endpoint_url="https://x"), "AWS did not answer", id="no-answer"
    ),
    pytest.param(NoCredentialsError(), "no usable AWS credentials", id="no-credentials"),
    pytest.param(
        KeyError("arn"), "its reader failed with KeyError: 'arn'", id="a-mistake-of-the-reader"
    ),
]


@pytest.mark.parametrize(("error", "told"), AWS_ERRORS)
def test_what_aws_says_of_one_reading_stands_there_and_hides_no_other(
    error: Exception, told: str
) -> None:
    found = read(aws={BAD: raising(error), GOOD: good})
    missing = found.values["bad"]
    assert isinstance(missing, NotRead)
    assert told in missing.why
    assert not missing.why.endswith(".")
    assert "\n" not in missing.why
    assert found.of(GOOD) == "there"


KUBE_ERRORS = [
    pytest.param(
        error_of(
            "list hooks", Answer(403, {"message": 'hooks is forbidden: User "u" cannot list'})
        ),
        "the caller may not list hooks (docs/permissions.md): hooks is forbidden",
        id="a-right-that-lacks",
    ),
    pytest.param(
        error_of("list hooks", Answer(401, {"message": "Unauthorized"})),
        "access entry",
        id="nobody-knows-us",
    ),
    pytest.param(
        error_of("list hooks", Answer(404, {"message": "not found", "reason": "NotFound"})),
        "HTTP 404 NotFound: not found",
        id="a-resource-that-the-cluster-lacks",
    ),
    pytest.param(Unreachable("Kubernetes did not answer. Try again"), "did not answer", id="gone"),
    pytest.param(TypeError("odd"), "its reader failed with TypeError: odd", id="a-mistake"),
]


@pytest.mark.parametrize(("error", "told"), KUBE_ERRORS)
def test_what_kubernetes_says_of_one_reading_stands_there_and_hides_no_other(
    error: Exception, told: str
) -> None:
    async def bad(_: object) -> object:
        raise error

    async def fine(_: object) -> object:
        return "there"

    hooks: Reading[str] = Reading("bad", "the admission webhooks", ("list hooks",))
    found = read(kube={hooks: bad, GOOD: fine})
    missing = found.values["bad"]
    assert isinstance(missing, NotRead)
    assert told in missing.why
    assert found.of(GOOD) == "there"


def test_a_reading_that_hangs_is_given_up_and_hides_none() -> None:
    let_go = threading.Event()

    def hangs(*_: Any) -> object:
        return let_go.wait(30)

    async def sleeps(_: object) -> object:
        await asyncio.sleep(30)
        return None

    slow: Reading[str] = Reading("slow", "a slow thing")
    began = time.monotonic()
    found = read(aws={BAD: hangs, GOOD: good}, kube={slow: sleeps}, seconds=0.2)
    let_go.set()
    assert time.monotonic() - began < 10
    assert found.values["bad"] == NotRead("no answer within 0.2 s")
    assert found.values["slow"] == NotRead("no answer within 0.2 s")
    assert found.of(GOOD) == "there"


def test_forty_readings_go_side_by_side_and_none_is_lost() -> None:
    many: Any = {Reading(f"r{n}", f"thing {n}"): lambda *_: time.sleep(0.05) for n in range(40)}
    began = time.monotonic()
    assert set(read(aws=many).values) == {f"r{n}" for n in range(40)}
    assert time.monotonic() - began < 40 * 0.05


def test_a_cluster_without_an_endpoint_is_not_asked() -> None:
    found = read(access=None, kube={BAD: raising(AssertionError("asked"))})
    assert found.values["bad"] == NotRead("the cluster has no endpoint yet")


def test_a_cluster_whose_certificate_cannot_be_read_leaves_its_readings_unknown() -> None:
    access = ClusterAccess("https://localhost:1", "no certificate", lambda: "token")
    found = read(access=access, kube={BAD: raising(AssertionError("asked"))}, aws={GOOD: good})
    missing = found.values["bad"]
    assert isinstance(missing, NotRead)
    assert "certificate" in missing.why.lower()
    assert found.of(GOOD) == "there"


def test_a_client_that_cannot_be_made_is_told_by_the_reading_that_needs_it() -> None:
    class Unmade:
        @property
        def meta(self) -> object:
            raise NoCredentialsError

    unmade: Any = [Unmade()] * 4
    clients = AwsClients("eu-central-1", *unmade)
    aws: Any = {BAD: lambda clients, _: clients.eks.meta, GOOD: good}
    found = asyncio.run(read_all(clients, FACTS, None, aws=aws, kube={}, later={}))
    assert "no usable AWS credentials" in str(found.values["bad"])
    assert found.of(GOOD) == "there"

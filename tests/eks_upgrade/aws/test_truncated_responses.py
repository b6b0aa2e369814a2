"""A body that is no JSON is no answer, with both kinds of clients; the fake stands at the door."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from aiobotocore.session import get_session
from botocore.config import Config
from botocore.exceptions import ClientError

from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.truncated_responses import refuse_truncated_responses
from include.eks_upgrade.common.errors import Refused, Unreachable, UpgradeError

WHOLE = b'{"cluster": {"name": "demo"}}'


class Door(ThreadingHTTPServer):
    """Answers every request with the same bytes, and announces `missing` more than it sends."""

    daemon_threads = True
    body, status, missing = WHOLE, 200, 0


class Answering(BaseHTTPRequestHandler):
    server: Door

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        door = self.server
        self.send_response(door.status)
        self.send_header("Content-Length", str(len(door.body) + door.missing))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(door.body)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def door() -> Iterator[Door]:
    with Door(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def arguments(door: Door) -> dict[str, Any]:
    return {
        "service_name": "eks",
        "region_name": "eu-west-1",
        "endpoint_url": f"http://127.0.0.1:{door.server_port}",
        "aws_access_key_id": "a",
        "aws_secret_access_key": "b",
    }


def ask(door: Door) -> dict[str, Any]:
    once = Config(retries={"total_max_attempts": 1})
    client = refuse_truncated_responses(boto3.client(config=once, **arguments(door)))
    with aws_errors_about("cluster 'demo'"):
        answer: dict[str, Any] = client.describe_cluster(name="demo")
    client.close()
    return answer


async def ask_async(door: Door) -> dict[str, Any]:
    once = Config(retries={"total_max_attempts": 1})
    async with get_session().create_client(config=once, **arguments(door)) as client:
        with aws_errors_about("cluster 'demo'"):
            answer: dict[str, Any] = await refuse_truncated_responses(client).describe_cluster(
                name="demo"
            )
    return answer


BROKEN = [
    pytest.param(WHOLE[:-5], 0, id="cut off"),
    pytest.param(WHOLE[:-5], 5, id="connection broken off"),
    pytest.param(b"<html>a proxy's page</html>", 0, id="a page of a proxy"),
]


@pytest.mark.parametrize(("body", "missing"), BROKEN)
async def test_a_broken_answer_is_worth_a_retry_and_never_an_empty_answer(
    door: Door, body: bytes, missing: int
) -> None:
    door.body, door.missing = body, missing
    with pytest.raises(Unreachable):
        ask(door)
    with pytest.raises(Unreachable):
        await ask_async(door)


async def test_a_whole_answer_passes(door: Door) -> None:
    assert ask(door)["cluster"]["name"] == "demo"
    assert (await ask_async(door))["cluster"]["name"] == "demo"


def test_an_error_is_told_whatever_its_body_is(door: Door) -> None:
    door.body, door.status = b"not found here", 404
    client = refuse_truncated_responses(boto3.client(**arguments(door)))
    with pytest.raises(ClientError) as raised:
        client.describe_cluster(name="demo")
    client.close()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


PAGE = (
    b"<!DOCTYPE html><html><head><title>Access denied</title></head><body>Policy 17</body></html>"
)
SERVICES = {
    "eks": lambda client: client.describe_cluster(name="demo"),
    "ssm": lambda client: client.get_parameter(Name="/aws/x"),
    "ec2": lambda client: client.describe_subnets(),
    "autoscaling": lambda client: client.describe_auto_scaling_groups(),
    "iam": lambda client: client.get_user(),
}


def asked(door: Door, service: str) -> UpgradeError:
    once = Config(retries={"total_max_attempts": 1})
    client: Any = boto3.client(config=once, **{**arguments(door), "service_name": service})
    with pytest.raises(UpgradeError) as raised, aws_errors_about("cluster 'demo'"):
        SERVICES[service](refuse_truncated_responses(client))
    client.close()
    return raised.value


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [401, 403, 404, 407])
def test_a_page_that_says_no_is_not_taken_for_awss_answer(
    door: Door, service: str, status: int
) -> None:
    door.body, door.status = PAGE, status
    error = asked(door, service)
    assert isinstance(error, Refused)
    assert f"HTTP {status} and an HTML page titled 'Access denied', which is not AWS" in str(error)
    assert "does not reach AWS" in str(error)
    assert "let the proxy" in str(error)
    assert "<" not in str(error)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [200, 429, 502, 503])
def test_a_page_that_may_be_gone_soon_is_worth_a_retry_and_is_not_shown(
    door: Door, service: str, status: int
) -> None:
    door.body, door.status = PAGE, status
    error = asked(door, service)
    assert isinstance(error, Unreachable)
    assert "<" not in str(error)
    assert ": ." not in str(error)

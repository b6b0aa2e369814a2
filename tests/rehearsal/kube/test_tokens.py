"""EKS bearer tokens and the certificates they travel under."""

import json
import os
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from include.rehearsal.kube.auth.tokens import BadToken, caller
from tests.rehearsal.kube.kube_lab import KEY_ID, SECRET, STS_HOST, Lab, make_token

AWS = Path(__file__).parents[3] / ".venv/bin/aws"


def check(token: str, cluster: str = "demo", **more: Any) -> str:
    return caller(token, cluster, {KEY_ID: SECRET}, {STS_HOST}, **more)


def test_a_token_names_the_access_key_that_signed_it() -> None:
    assert check(make_token()) == KEY_ID


def test_a_token_of_a_session_is_accepted() -> None:
    assert check(make_token(session_token="a/session+token==")) == KEY_ID


@pytest.mark.parametrize(
    ("token", "message"),
    [
        pytest.param("nonsense", "does not begin with", id="no prefix"),
        pytest.param("k8s-aws-v1.%%%", "host|base64", id="no base64"),
        pytest.param(lambda: make_token("other"), "signature", id="signed for another cluster"),
        pytest.param(lambda: make_token(secret="wrong"), "signature", id="wrong secret"),
        pytest.param(
            lambda: make_token(key_id="AKIAUNKNOWN"), "unknown access key", id="unknown key"
        ),
        pytest.param(lambda: make_token(host="evil.example"), "host", id="another host"),
        pytest.param(lambda: make_token(header="x-other"), "not signed", id="cluster not signed"),
        pytest.param(lambda: make_token(action="GetSessionToken"), "calls", id="another action"),
    ],
)
def test_a_token_that_proves_nothing_is_refused(
    token: str | Callable[[], str], message: str
) -> None:
    with pytest.raises(BadToken, match=message):
        check(token if isinstance(token, str) else token())  # signed only now: it expires


@pytest.mark.parametrize(
    ("seconds", "good"),
    [
        pytest.param(14 * 60, True, id="14 minutes old"),
        pytest.param(16 * 60, False, id="16 minutes old"),
        pytest.param(-16 * 60, False, id="from the future"),
    ],
)
def test_a_token_lives_15_minutes(seconds: float, good: bool) -> None:
    token, now = make_token(), time.time() + seconds
    if good:
        assert check(token, now=now) == KEY_ID
        return
    with pytest.raises(BadToken, match="seconds ago"):
        check(token, now=now)


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab(hosts=("127.0.0.1:4566",))
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="none"),
        pytest.param("Basic dXNlcjpwYXNz", id="basic"),
        pytest.param("Bearer k8s-aws-v1.bm9uc2Vuc2U", id="bad token"),
    ],
)
def test_a_request_without_a_good_token_is_unauthorized(lab: Lab, value: str) -> None:
    status, body = lab.request("GET", "/api/v1/nodes", headers={"Authorization": value})
    assert (status, body["reason"]) == (401, "Unauthorized")


def test_version_is_open_to_everybody(lab: Lab) -> None:
    assert lab.request("GET", "/version", headers={"Authorization": ""})[0] == 200


def test_tokens_can_be_refused_for_a_while(lab: Lab) -> None:
    lab.server.refuse_tokens(1)
    statuses = [lab.request("GET", "/api/v1/nodes")[0] for _ in range(2)]
    assert statuses == [401, 200]


def test_the_token_of_the_aws_command_opens_the_cluster(lab: Lab, tmp_path: Path) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    }
    command = [AWS, "eks", "get-token", "--cluster-name", "demo", "--region", "eu-central-1"]
    made = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    lab.token = json.loads(made.stdout)["status"]["token"]
    assert lab.request("GET", "/api/v1/nodes")[0] == 200


def test_the_certificate_passes_strict_checks(lab: Lab) -> None:
    context = ssl.create_default_context(cadata=lab.server.ca_pem)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with urllib3.PoolManager(ssl_context=context) as pool:
        assert pool.request("GET", f"{lab.url}/version").status == 200


def test_a_client_without_the_authority_refuses_the_server(lab: Lab) -> None:
    with urllib3.PoolManager() as pool, pytest.raises(urllib3.exceptions.SSLError):
        pool.request("GET", f"{lab.url}/version", retries=False)


def test_a_token_known_as_good_is_refused_when_its_key_is_no_longer() -> None:
    token = make_token()
    credentials = {KEY_ID: SECRET}
    assert caller(token, "demo", credentials, {STS_HOST}) == KEY_ID
    for changed in ({}, {KEY_ID: "rotated"}):
        with pytest.raises(BadToken):
            caller(token, "demo", changed, {STS_HOST})
    with pytest.raises(BadToken, match="seconds ago"):
        caller(token, "demo", credentials, {STS_HOST}, now=time.time() + 3600)

"""Credentials that are rotated and that expire, at AWS and at the Kubernetes API."""

import base64
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import urllib3
from botocore.signers import RequestSigner

from include.rehearsal.credentials import ACCESS_KEY, Keys
from tests.rehearsal.aws.aws_lab import ONCE, Lab, control, lab, refusal

NAME = "plain"


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def client(aws: Lab, service: str, session: boto3.Session | None = None) -> Any:
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    return (session or aws.rehearsal.session()).client(service, endpoint_url=url, config=ONCE)


def token(aws: Lab, session: boto3.Session) -> str:
    """A bearer token for the cluster, as `aws eks get-token` makes it."""
    sts = client(aws, "sts", session)
    signer = RequestSigner(
        sts.meta.service_model.service_id, "eu-west-1", "sts", "v4",
        session.get_credentials(), session.events,
    )  # fmt: skip
    request = {
        "method": "GET",
        "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": NAME},
        "context": {},
    }
    url = signer.generate_presigned_url(request, "eu-west-1", 60, "GetCallerIdentity")
    sts.close()
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def nodes_status(aws: Lab, bearer: str) -> int:
    server = aws.rehearsal.kube_server
    assert server is not None
    with urllib3.PoolManager(ca_cert_data=server.ca_pem) as pool:
        headers = {"Authorization": f"Bearer {bearer}"}
        return pool.request("GET", f"{server.url(NAME)}/api/v1/nodes", headers=headers).status


def codes(clients: dict[str, Any]) -> dict[str, tuple[str, int]]:
    calls = {
        "eks": ("list_clusters", {}),
        "ec2": ("describe_subnets", {}),
        "autoscaling": ("describe_auto_scaling_groups", {}),
        "ssm": ("get_parameters", {"Names": ["/x"]}),
        "sts": ("get_caller_identity", {}),
        "iam": ("list_roles", {}),
    }
    found = {}
    for name, (method, arguments) in calls.items():
        code, _, status = refusal(getattr(clients[name], method), **arguments)
        found[name] = (code, status)
    return found


@pytest.fixture
def clients(aws: Lab) -> Iterator[dict[str, Any]]:
    own = {name: client(aws, name) for name in ("sts", "iam")}
    yield {
        "eks": aws.eks,
        "ec2": aws.ec2,
        "autoscaling": aws.autoscaling,
        "ssm": aws.ssm,
        **own,
    }
    for each in own.values():
        each.close()


def test_a_rotated_key_is_refused_in_every_services_own_words(
    aws: Lab, clients: dict[str, Any]
) -> None:
    aws.rehearsal.world.keys.rotate()
    assert codes(clients) == {
        "eks": ("UnrecognizedClientException", 403),
        "ec2": ("AuthFailure", 401),
        "autoscaling": ("InvalidClientTokenId", 403),
        "ssm": ("UnrecognizedClientException", 400),
        "sts": ("InvalidClientTokenId", 403),
        "iam": ("InvalidClientTokenId", 403),
    }


def test_an_expired_key_is_refused_in_every_services_own_words(
    aws: Lab, clients: dict[str, Any]
) -> None:
    aws.rehearsal.world.keys.expire(ACCESS_KEY)
    assert codes(clients) == {
        "eks": ("ExpiredTokenException", 403),
        "ec2": ("RequestExpired", 400),
        "autoscaling": ("ExpiredToken", 403),
        "ssm": ("ExpiredTokenException", 400),
        "sts": ("ExpiredToken", 403),
        "iam": ("ExpiredToken", 403),
    }


def test_the_new_pair_opens_what_the_old_one_no_longer_does(aws: Lab) -> None:
    old = aws.rehearsal.session()
    before = token(aws, old)
    assert nodes_status(aws, before) == 200
    pair = aws.rehearsal.world.keys.rotate()
    assert (nodes_status(aws, before), nodes_status(aws, token(aws, old))) == (401, 401)
    new = aws.rehearsal.session()
    assert tuple(new.get_credentials().get_frozen_credentials())[:2] == pair
    eks = client(aws, "eks", new)
    assert eks.list_clusters()["clusters"] == [NAME]
    assert nodes_status(aws, token(aws, new)) == 200
    assert aws.rehearsal.environment["AWS_ACCESS_KEY_ID"] == pair[0]
    eks.close()


def test_an_assumed_role_opens_both_sides_until_it_expires(aws: Lab) -> None:
    sts = client(aws, "sts")
    made = sts.assume_role(RoleArn=aws.scene.node_role, RoleSessionName="tester")["Credentials"]
    role = boto3.Session(
        made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], "eu-west-1"
    )
    eks = client(aws, "eks", role)
    assert eks.list_clusters()["clusters"] == [NAME]
    assert nodes_status(aws, token(aws, role)) == 200
    aws.rehearsal.world.keys.expire(made["AccessKeyId"])
    assert refusal(eks.list_clusters)[0] == "ExpiredTokenException"
    assert nodes_status(aws, token(aws, role)) == 401
    assert aws.eks.list_clusters()["clusters"] == [NAME]
    eks.close()
    sts.close()


def test_no_credentials_are_in_the_journal(aws: Lab) -> None:
    sts = client(aws, "sts")
    made = sts.assume_role(RoleArn=aws.scene.node_role, RoleSessionName="tester")["Credentials"]
    sts.close()
    everything = repr(aws.rehearsal.world.journal.entries())
    assert "AssumeRole" in everything
    for secret in (made["SecretAccessKey"], made["SessionToken"], made["AccessKeyId"], ACCESS_KEY):
        assert secret not in everything


def test_credentials_are_rotated_and_expired_over_http(aws: Lab) -> None:
    new = control(aws.rehearsal, "POST", "credentials", {"rotate": True})
    assert new["AWS_ACCESS_KEY_ID"] != ACCESS_KEY
    assert refusal(aws.eks.list_clusters)[0] == "UnrecognizedClientException"
    assert control(aws.rehearsal, "GET", "credentials") == new
    control(aws.rehearsal, "POST", "credentials", {"expire": new["AWS_ACCESS_KEY_ID"]})
    eks = client(aws, "eks")
    assert refusal(eks.list_clusters)[0] == "ExpiredTokenException"
    eks.close()


def test_every_rotation_gives_another_pair() -> None:
    keys = Keys()
    pairs = [keys.current, keys.rotate(), keys.rotate()]
    assert len(set(pairs)) == 3
    assert list(keys) == [pairs[-1][0]]
    assert all(len(key_id) == 20 for key_id, _ in pairs)

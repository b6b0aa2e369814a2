"""EKS bearer tokens: who signed them, for which cluster, and when.

A token is `k8s-aws-v1.` and the base64 of a presigned STS GetCallerIdentity URL whose
signature covers the header `x-k8s-aws-id`. EKS has STS check it; here the signature is
rebuilt with the secret of the access key, which the rehearsal knows. The age is measured in
real time, because clients stamp their tokens with it.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PREFIX: Final = "k8s-aws-v1."
LIFETIME_SECONDS: Final = 900
SKEW_SECONDS: Final = 300
CLUSTER_HEADER: Final = "x-k8s-aws-id"
ONE_EACH: Final = (
    "Action",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)


class BadToken(Exception):
    """The token is refused; the message says why, and is for tests and logs only."""


def caller(
    token: str,
    cluster: str,
    credentials: Mapping[str, str],
    allowed_hosts: Collection[str],
    *,
    now: float | None = None,
) -> str:
    """The access key id whose owner signed `token` for `cluster`.

    Args:
        token: the bearer token.
        cluster: the name that must stand in the signed header.
        credentials: secret access keys by access key id.
        allowed_hosts: hosts (`host` or `host:port`) the URL may name.
        now: real seconds since the epoch.

    Raises:
        BadToken: anything about it is wrong.
    """
    url = _url(token)
    if url.netloc not in allowed_hosts:
        raise BadToken(f"host {url.netloc!r} is not an STS endpoint of this account")
    query = _query(url)
    if query["Action"] != "GetCallerIdentity":
        raise BadToken(f"the URL calls {query['Action']}")
    _check_age(query, time.time() if now is None else now)
    if CLUSTER_HEADER not in query["X-Amz-SignedHeaders"].split(";"):
        raise BadToken(f"{CLUSTER_HEADER} is not signed")
    key_id, _, region = query["X-Amz-Credential"].split("/")[:3]
    if key_id not in credentials:
        raise BadToken(f"unknown access key {key_id!r}")
    if not _is_signed(token, cluster, key_id, credentials[key_id], region):
        raise BadToken(f"the signature does not match for cluster {cluster!r}")
    return key_id


# Clients send one token hundreds of times; rebuilding its signature costs most of a request.
@lru_cache(maxsize=1024)
def _is_signed(token: str, cluster: str, key_id: str, secret: str, region: str) -> bool:
    url = _url(token)
    query = _query(url)
    expected = _signature(url, query, cluster, Credentials(key_id, secret), region)
    return hmac.compare_digest(expected, query["X-Amz-Signature"])


@lru_cache(maxsize=1024)
def _url(token: str) -> SplitResult:
    if not token.startswith(PREFIX):
        raise BadToken(f"does not begin with {PREFIX}")
    text = token.removeprefix(PREFIX)
    try:
        return urlsplit(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except (binascii.Error, ValueError) as error:
        raise BadToken("is not base64 of a URL") from error


@lru_cache(maxsize=1024)
def _query(url: SplitResult) -> Mapping[str, str]:
    values = parse_qs(url.query, keep_blank_values=True)
    wrong = [name for name in ONE_EACH if len(values.get(name, ())) != 1]
    if wrong or values["X-Amz-Credential"][0].count("/") != 4:
        raise BadToken(f"missing or repeated in the URL: {', '.join(wrong) or 'X-Amz-Credential'}")
    return MappingProxyType({name: each[0] for name, each in values.items()})


def _check_age(query: Mapping[str, str], now: float) -> None:
    try:
        signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        expires = int(query["X-Amz-Expires"])
    except ValueError as error:
        raise BadToken("X-Amz-Date or X-Amz-Expires cannot be read") from error
    if not 0 <= expires <= LIFETIME_SECONDS:
        raise BadToken(f"X-Amz-Expires is {expires}")
    age = now - signed.timestamp()
    if not -SKEW_SECONDS < age < LIFETIME_SECONDS:
        raise BadToken(f"signed {age:.0f} seconds ago")


def _signature(
    url: SplitResult,
    query: Mapping[str, str],
    cluster: str,
    credentials: Credentials,
    region: str,
) -> str:
    unsigned = "&".join(
        part for part in url.query.split("&") if not part.startswith("X-Amz-Signature=")
    )
    request = AWSRequest(
        "GET",
        url._replace(query=unsigned).geturl(),
        headers={"Host": url.netloc, CLUSTER_HEADER: cluster},
    )
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = SigV4QueryAuth(credentials, "sts", region)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    signature: str = auth.signature(text, request)
    return signature

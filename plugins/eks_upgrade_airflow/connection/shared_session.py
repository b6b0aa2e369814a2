"""One boto3 session for all waits of a process that go through one Airflow connection and role.

A session and its clients take 0.2 s of processor time to make, for botocore reads its API models
anew each time. Hundreds of drains that begin together would take minutes for it, and take the
time from the triggerer's event loop; sharing one, they take a DescribeCluster each.

A session is used for `FRESH_SECONDS`; then the connection is read again, so that credentials
that were changed there are taken up by the next token, without anything being restarted.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.connection.cluster_address import STS_PATH, ClusterAddress
from eks_upgrade_airflow.connection.lanes import in_aws_thread
from eks_upgrade_airflow.connection.short_collections import keep_collections_short
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.kube.access import ClusterAccess

if TYPE_CHECKING:
    import boto3

FRESH_SECONDS = 30.0

_shared: dict[tuple[str | None, str | None, str], tuple[object, "SharedAws"]] = {}


@dataclass(frozen=True)
class _Made:
    """What was made from a connection; `at` in seconds of the monotonic clock."""

    session: "boto3.Session"
    eks: Any
    sts_url: str
    at: float


class SharedAws:
    """The AWS side of one connection, region and role. Safe to use from any thread."""

    def __init__(self, address: ClusterAddress, now: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._now = now
        self._lock = threading.Lock()
        self._made: _Made | None = None

    def eks(self) -> Any:
        """A client of EKS, whose credentials are those of the connection now."""
        with self._lock:
            return self._fresh().eks

    def access(self, cluster: str) -> ClusterAccess:
        """DescribeCluster, and how to reach what it describes.

        Raises:
            UpgradeError: as AWS answered.
        """
        address, eks = self._address, self.eks()
        with aws_errors_about(f"cluster '{cluster}'"):
            found = eks.describe_cluster(name=cluster)["cluster"]
        return ClusterAccess(
            endpoint=found["endpoint"],
            certificate_authority=found["certificateAuthority"]["data"],
            token=lambda: self.token(cluster),
            identity=f"aws {address.aws_conn_id} {address.region} {address.role_arn}".rstrip(),
        )

    def token(self, cluster: str) -> str:
        """A new token for a cluster: a presigned call, for which STS is not asked."""
        from airflow.providers.amazon.aws.utils.eks_get_token import (  # noqa: PLC0415 - cheap DAG parsing
            fetch_access_token_for_cluster,
        )

        with self._lock:  # a session makes clients for one thread at a time only
            made = self._fresh()
            with aws_errors_about(f"a token for cluster '{cluster}'"):
                return str(
                    fetch_access_token_for_cluster(
                        cluster, made.sts_url, made.session.region_name, made.session
                    )
                )

    def _fresh(self) -> _Made:
        if self._made is None or self._now() - self._made.at >= FRESH_SECONDS:
            address = self._address
            eks, session = address.clients().eks, address.session()
            sts_url = session.client("sts").meta.endpoint_url + STS_PATH
            self._made = _Made(session, eks, sts_url, self._now())
        return self._made


def shared_aws(address: ClusterAddress) -> SharedAws:
    """What all addresses of the same connection, region and role share in this process.

    boto3 and Airflow read them from the environment as well; in another one it is made anew.
    """
    names = ("AWS_", "AIRFLOW_CONN_")
    environment = {name: value for name, value in os.environ.items() if name.startswith(names)}
    key = address.account
    known = _shared.get(key)
    if known is None or known[0] != environment:
        known = _shared[key] = environment, SharedAws(address)
    return known[1]


async def read_access(address: ClusterAddress) -> ClusterAccess:
    """How to reach a cluster's Kubernetes API, for triggers: DescribeCluster, in a thread.

    Raises:
        UpgradeError: as AWS answered.
    """
    access = await in_aws_thread(
        address.account, lambda: shared_aws(address).access(address.cluster)
    )
    keep_collections_short()
    return access

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
from eks_upgrade_airflow.connection.shared_looks import forget, shared_look
from eks_upgrade_airflow.connection.short_collections import keep_collections_short
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.kube.connection.access import ClusterAccess

if TYPE_CHECKING:
    import boto3

FRESH_SECONDS = 30.0

ENDPOINT_SECONDS = 3600.0
"""How long an endpoint and its CA are known: EKS changes neither in the life of a cluster. Where
nothing answers there they are read anew at once (`forget_access`). They are kept in this process
alone: who could write them elsewhere could have tokens sent to a place of his own."""

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
        """How to reach a cluster, by DescribeCluster if it is not known.

        Raises:
            UpgradeError: as AWS answered.
        """
        address = self._address
        endpoint, authority = shared_look(
            self._endpoint_of(cluster), ENDPOINT_SECONDS, lambda: self._describe(cluster)
        )
        return ClusterAccess(
            endpoint=endpoint,
            certificate_authority=authority,
            token=lambda: self.token(cluster),
            identity=f"aws {address.aws_conn_id} {address.region} {address.role_arn}".rstrip(),
        )

    def forget(self, cluster: str) -> None:
        """Have the next `access` describe the cluster anew."""
        forget(self._endpoint_of(cluster))

    def _endpoint_of(self, cluster: str) -> tuple[object, ...]:
        return "endpoint", self, cluster

    def _describe(self, cluster: str) -> tuple[str, str]:
        with aws_errors_about(f"cluster '{cluster}'"):
            found = self.eks().describe_cluster(name=cluster)["cluster"]
        return found["endpoint"], found["certificateAuthority"]["data"]

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
    """How to reach a cluster's Kubernetes API, for triggers: `SharedAws.access`, in a thread.

    Raises:
        UpgradeError: as AWS answered.
    """
    access = await in_aws_thread(
        address.account, lambda: shared_aws(address).access(address.cluster)
    )
    keep_collections_short()
    return access


def forget_access(address: ClusterAddress) -> None:
    """Have the next `read_access` describe the cluster: nothing answered where it was."""
    shared_aws(address).forget(address.cluster)

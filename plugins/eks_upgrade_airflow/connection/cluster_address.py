"""From an Airflow connection to AWS clients and to a cluster's Kubernetes API.

Everything here goes through the Amazon provider's hooks, so whatever the connection says
(role, endpoint, proxies, certificates) holds. Tokens are made on demand and never stored.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.connection.lanes import in_aws_thread
from eks_upgrade_airflow.connection.one_session import OneSession
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.readings.node_prices import PRICES_REGION
from include.eks_upgrade.aws.truncated_responses import refuse_truncated_responses
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.kube.connection.access import ClusterAccess

if TYPE_CHECKING:
    import boto3
    from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

DEFAULT_CONNECTION = "aws_default"

ANY_REGION = "us-east-1"
"""A region that a client can be made for when the one that is given is none; it is not asked."""

STS_PATH = "/?Action=GetCallerIdentity&Version=2011-06-15"
"""The call that a token for an EKS cluster is a presigned form of."""


class LaterClient:
    """Stands for a boto3 client until one of its methods is wanted."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _client(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@dataclass(frozen=True)
class ClusterAddress:
    """Where a cluster is, as a trigger can carry it: names only, no credentials.

    Attributes:
        cluster: its name.
        aws_conn_id: the Airflow connection; None: boto3's own chain.
        region: None: the connection's.
        role_arn: a role that is assumed with the connection, in another account say; empty: none.
    """

    cluster: str
    aws_conn_id: str | None = DEFAULT_CONNECTION
    region: str | None = None
    role_arn: str = ""

    @property
    def account(self) -> tuple[str | None, str | None, str]:
        """Connection, region and role: who has it shares an account's rates, and its threads."""
        return self.aws_conn_id, self.region, self.role_arn

    def hook(
        self, service: str, *, waits: bool = False, sessions: OneSession | None = None
    ) -> "AwsGenericHook[Any]":
        """A provider hook for one AWS service (`eks`, `ec2`, `autoscaling`, `ssm`, …).

        Args:
            service: as boto3 names it.
            waits: it is for looks that are taken again by themselves.
            sessions: what it shares with the hooks of other services.
        """
        # Imported here: a DAG file must stay cheap to parse.
        from eks_upgrade_airflow.connection.hook import (  # noqa: PLC0415
            BriefHook,
            ClusterHook,
            WaitHook,
        )

        # STS as a client of its own is asked only who we are; roles are assumed by the session.
        brief = service in {"service-quotas", "pricing", "iam", "sts", "kms", "arc-zonal-shift"}
        made = BriefHook if brief else WaitHook if waits else ClusterHook
        return made(
            role=self.role_arn,
            sessions=sessions,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region or None,
            client_type=service,
        )

    def session(self) -> "boto3.Session":
        """The boto3 session of the connection."""
        hook = self.hook("eks")
        session: boto3.Session = hook.get_session(region_name=hook.region_name)
        return session

    def clients(self) -> AwsClients:
        """boto3 clients for everything a step may need; made without a call to AWS."""
        self._see_connection()
        sessions = OneSession()
        later = partial(self._later, sessions)
        with aws_errors_about(f"AWS connection '{self.aws_conn_id}'"):
            eks = self._client("eks", sessions)
        return AwsClients(
            region=eks.meta.region_name,
            eks=eks,
            ec2=later("ec2"),
            autoscaling=later("autoscaling"),
            ssm=later("ssm"),
            quotas=later("service-quotas"),
            pricing=replace(self, region=PRICES_REGION)._later(sessions, "pricing"),
            iam=later("iam"),
            sts=later("sts"),
            kms=later("kms"),
            zonal_shift=later("arc-zonal-shift"),
        )

    def connection_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the connection itself, in whatever region; AWS is not asked."""
        try:
            replace(self, region=ANY_REGION, role_arn="").clients()
        except Refused as error:
            return error.problems
        return ()

    def _see_connection(self) -> None:
        """See that the connection exists.

        The provider's hook falls back to boto3's own chain when it does not. That is what
        `aws_default` is for; a mistyped name must not end in another account.

        Raises:
            Refused: Airflow has no connection of this name.
        """
        from airflow.providers.common.compat.sdk import (  # noqa: PLC0415 - cheap DAG parsing
            AirflowNotFoundException,
            BaseHook,
        )

        if self.aws_conn_id in {None, DEFAULT_CONNECTION}:
            return
        try:
            BaseHook.get_connection(self.aws_conn_id)
        except AirflowNotFoundException as error:
            problem = Problem(
                f"AWS connection '{self.aws_conn_id}'",
                "Airflow has no connection of this name",
                "correct aws_conn_id, or add the connection to Airflow",
            )
            raise Refused(f"cluster '{self.cluster}' cannot be reached", [problem]) from error

    def _client(self, service: str, sessions: OneSession) -> Any:
        with sessions.lock:
            return refuse_truncated_responses(self.hook(service, sessions=sessions).conn)

    def _later(self, sessions: OneSession, service: str) -> Any:
        """A client that is made at its first use: reading EC2's API model alone takes 0.3 s."""
        return LaterClient(lambda: self._client(service, sessions))

    @asynccontextmanager
    async def async_client(self, service: str) -> AsyncIterator[Any]:
        """An asynchronous client for the looks of a wait, with the connection as it is now.

        It is made in a thread of the account's: a role is assumed for it, which AWS may throttle.
        The hook's own `get_async_conn` has one thread for all accounts.
        """
        hook = self.hook(service, waits=True)

        def make() -> Any:
            return hook.get_client_type(region_name=hook.region_name, deferrable=True)

        async with await in_aws_thread(self.account, make) as client:
            yield refuse_truncated_responses(client)

    def access(self, cluster: dict[str, Any]) -> ClusterAccess:
        """How to reach the Kubernetes API of a cluster as DescribeCluster returned it.

        The token is a presigned STS call, see the EKS guide on cluster authentication.
        """
        from airflow.providers.amazon.aws.utils.eks_get_token import (  # noqa: PLC0415
            fetch_access_token_for_cluster,
        )

        session = self.session()
        sts_url = session.client("sts").meta.endpoint_url + STS_PATH
        return ClusterAccess(
            endpoint=cluster["endpoint"],
            certificate_authority=cluster["certificateAuthority"]["data"],
            token=lambda: fetch_access_token_for_cluster(
                self.cluster, sts_url, session.region_name, session
            ),
        )

    def describe(self, clients: AwsClients | None = None) -> dict[str, Any]:
        """DescribeCluster's cluster.

        Raises:
            UpgradeError: as AWS answered.
        """
        eks = (clients or self.clients()).eks
        with aws_errors_about(f"cluster '{self.cluster}'"):
            return dict(eks.describe_cluster(name=self.cluster)["cluster"])

    def read_access(self, clients: AwsClients | None = None) -> ClusterAccess:
        """`describe`, then `access`."""
        return self.access(self.describe(clients))

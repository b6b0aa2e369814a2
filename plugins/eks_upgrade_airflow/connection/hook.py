"""The Amazon provider's hook with what an upgrade asks of every AWS connection.

Apart from `connections.py` because importing the provider is dear, and a DAG file must stay cheap
to parse.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook, BaseSessionFactory
from airflow.providers.amazon.aws.utils.connection_wrapper import AwsConnectionWrapper
from airflow.sdk import get_current_context
from botocore.config import Config

from eks_upgrade_airflow.connection.api_models import share_models
from eks_upgrade_airflow.connection.assumed_role import AssumedRole
from eks_upgrade_airflow.connection.one_session import OneSession
from include.eks_upgrade.common.errors import Problem, Refused

if TYPE_CHECKING:
    import boto3

PATIENT = Config(
    # Ten tries: a run lasts an hour or more, and throttling passes.
    retries={"mode": "standard", "total_max_attempts": 10},
    connect_timeout=10,
    read_timeout=60,
)


BRIEF = Config(
    # For what a plan can do without: a private network often has no way to Service Quotas or IAM.
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=5,
    read_timeout=20,
)


FOR_WAITS = Config(
    # A wait looks again anyway; ten tries of each of its looks would keep a throttled account so.
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=10,
    read_timeout=60,
)


class ClusterHook(AwsGenericHook[Any]):
    """Clients that are patient, unless the connection says otherwise, and that verify TLS.

    The provider drops a connection's `config_kwargs` (a proxy, for example) as soon as a hook is
    given a config of its own; here the connection's words are laid over ours.

    Args:
        role: ARN of a role that is assumed with the connection; empty: none.
        sessions: what the clients of one step share; None: this hook has sessions of its own.
        **given: the provider's own arguments.
    """

    patience = PATIENT

    def __init__(self, *, role: str = "", sessions: OneSession | None = None, **given: Any) -> None:
        super().__init__(**given)
        self._role = role
        self._sessions = sessions

    def get_session(self, region_name: str | None = None, deferrable: bool = False) -> Any:
        """A session of boto3, or of aiobotocore where it is deferrable."""
        if deferrable:
            return self._own_session(region_name, deferrable=True)
        if self._sessions is None:
            return share_models(self._own_session(region_name))
        return self._sessions.of(region_name, lambda: share_models(self._own_session(region_name)))

    def _own_session(self, region_name: str | None, *, deferrable: bool = False) -> Any:
        if not self._role:
            return super().get_session(region_name, deferrable)
        role = AssumedRole(
            self._role,
            str(self.aws_conn_id),
            share_models(super().get_session(region_name)),
            self._sts,
            tuple(self._more().items()),
        )
        if deferrable:
            factory = BaseSessionFactory(conn=self.conn_config, region_name=region_name)
            return role.put_into(factory.get_async_session())
        return role.session()

    def _sts(self, session: "boto3.Session") -> Any:
        """The client that assumes the role: as the provider's, with the connection's own words."""
        endpoint = self.conn_config.get_service_endpoint_url("sts", sts_connection_assume=True)
        return session.client("sts", config=self.config, endpoint_url=endpoint, verify=self.verify)

    def _more(self) -> dict[str, Any]:
        """The connection's assume_role_kwargs; they belong to a role of its own, if it has one."""
        extra = self.conn_config.extra_config
        return {} if self.conn_config.role_arn else dict(extra.get("assume_role_kwargs") or {})

    def _get_caller(self, *_: str) -> str:
        """The operator's class, as the provider names it to AWS in each request's user agent.

        The provider looks for it among all callers, and Python reads the source of each of them for
        that: a third of what a task takes of the processor.
        """
        try:
            return str(get_current_context()["task"].task_type)
        except (RuntimeError, KeyError):  # no task runs: this is a trigger, a callback or a command
            return "Unknown"

    @cached_property
    def conn_config(self) -> AwsConnectionWrapper:
        """The connection, with our patience.

        Raises:
            Refused: it turns the verification of certificates off.
        """
        found = super().conn_config
        if found.verify is False:
            raise _unverified(str(self.aws_conn_id))
        theirs = found.botocore_config
        found.botocore_config = self.patience.merge(theirs) if theirs else self.patience
        return found


class WaitHook(ClusterHook):
    """The same, for the looks of a wait."""

    patience = FOR_WAITS


class BriefHook(ClusterHook):
    """The same, for what is not worth minutes of waiting."""

    patience = BRIEF


def _unverified(connection: str) -> Refused:
    problem = Problem(
        f"AWS connection '{connection}'",
        "its extra has verify: false, so anybody between us and AWS could answer in its place",
        "take verify out of it, or set it to the path of the CA bundle that is to be trusted",
    )
    return Refused("AWS would not be verified", [problem])

"""The Amazon provider's hook with what an upgrade asks of every AWS connection.

Apart from `connections.py` because importing the provider is dear, and a DAG file must stay cheap
to parse.
"""

from functools import cached_property
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
from airflow.providers.amazon.aws.utils.connection_wrapper import AwsConnectionWrapper
from botocore.config import Config

from include.eks_upgrade.common.errors import Problem, Refused

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


class ClusterHook(AwsGenericHook[Any]):
    """Clients that are patient, unless the connection says otherwise, and that verify TLS.

    The provider drops a connection's `config_kwargs` (a proxy, for example) as soon as a hook is
    given a config of its own; here the connection's words are laid over ours.
    """

    patience = PATIENT

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

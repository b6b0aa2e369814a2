"""The Kubernetes provider's hook on an EKS cluster, with nothing of it on disk.

The provider's own way to an EKS cluster writes the AWS credentials of the connection into a
temporary file, for a script that makes tokens of them. Here the token is made in this process and
lives in the client's memory, and so does the cluster's certificate authority.
"""

import json
import time
from typing import Any

from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
from kubernetes.client import ApiClient, Configuration, rest

from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.transport import TOKEN_SECONDS, trusting


class WholeAnswersClient(ApiClient):
    """A client that takes half an answer for none: the official one makes an empty object of it."""

    def deserialize(self, response: Any, response_type: Any) -> Any:
        """An object of the answer's body.

        Raises:
            urllib3.exceptions.HTTPError: it is cut off; the provider asks again.
        """
        if response_type not in {"str", "file"}:
            try:
                json.loads(response.data)
            except ValueError as error:
                raise rest.urllib3.exceptions.ProtocolError("half an answer") from error
        return super().deserialize(response, response_type)


class MemoryKubernetesHook(KubernetesHook):
    """A hook whose client knows one cluster.

    Args:
        access: how to reach it.
    """

    def __init__(self, access: ClusterAccess) -> None:
        super().__init__(conn_id=None)
        self._access = access

    def get_conn(self) -> ApiClient:
        """A client that trusts the cluster's CA alone, and renews its token in time."""
        client = WholeAnswersClient(_configuration(self._access))
        pool = client.rest_client.pool_manager.connection_pool_kw
        pool["ssl_context"] = trusting(self._access.certificate_authority)
        pool.pop("ca_certs", None)  # else it would be looked for on disk
        return client

    def close(self) -> None:
        """Close the connections of the client, if there is one."""
        if "api_client" in self.__dict__:
            self.api_client.rest_client.pool_manager.clear()
            self.api_client.close()


def _configuration(access: ClusterAccess) -> Configuration:
    made = Configuration()
    made.host = access.endpoint
    made.verify_ssl = True
    renewed = {"at": 0.0}

    def renew(configuration: Configuration) -> None:
        if not renewed["at"] or time.monotonic() - renewed["at"] >= TOKEN_SECONDS:
            renewed["at"] = time.monotonic()
            configuration.api_key = {"BearerToken": f"Bearer {access.token()}"}

    made.refresh_api_key_hook = renew
    renew(made)
    return made

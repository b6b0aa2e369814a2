"""The Kubernetes provider's hook with what a drain asks of every Kubernetes connection.

Apart from `kubernetes.py` because importing the provider takes seconds, and a DAG file must stay
cheap to parse.
"""

import json
from typing import Any

from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
from airflow.providers.common.compat.sdk import AirflowException, AirflowNotFoundException
from kubernetes.client import Configuration
from kubernetes.client.rest import should_bypass_proxies
from kubernetes.config import ConfigException, load_incluster_config

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.kube.connection.kubeconfig import (
    Chosen,
    check_context,
    check_credential,
    choose_context,
    choose_context_of_text,
)
from include.eks_upgrade.kube.connection.loaded import loader_errors, loader_message

NO_TLS_CHECK = "so anybody between us and the cluster could answer in its place"


class VerifiedKubernetesHook(KubernetesHook):
    """Loads a connection into a configuration of its own, and only one that verifies TLS.

    Left to itself the provider's hook loads into the defaults of the whole process, where two
    drains that begin at once would get each other's cluster.
    """

    def __init__(self, conn_id: str) -> None:
        super().__init__(kubernetes_conn_id=conn_id, client_configuration=Configuration())

    def load(self) -> tuple[Configuration, str | None]:
        """The configuration, and the proxy as in `ClusterAccess.proxy`.

        Raises:
            Refused: the connection is missing, cannot be used, or would not verify the cluster.
        """
        try:
            chosen = self._load()
        except AirflowNotFoundException as error:
            what = "Airflow has no connection of this name"
            remedy = "correct kubernetes_conn_id, or add the connection to Airflow"
            raise self.refused(what, remedy) from error
        except (AirflowException, ConfigException, OSError, ValueError) as error:
            remedy = "compare its fields with the documentation of the Kubernetes provider"
            raise self.refused(f"it cannot be used: {loader_message(error)}", remedy) from None
        loaded = self.client_configuration
        self._check_tls(loaded)
        return loaded, _proxy(loaded, chosen)

    def refused(self, what: str, remedy: str) -> Refused:
        """The error for something that is wrong with the connection."""
        problem = Problem(f"Kubernetes connection '{self.conn_id}'", what, remedy)
        return Refused("The cluster cannot be reached", [problem])

    def _load(self) -> Chosen | None:
        """Fill the configuration; returns the kubeconfig's context, None inside a cluster."""
        # Before anything is loaded: the provider would turn verification off for the process.
        # Whatever is not plainly false counts as true.
        disabled = self._get_field("disable_verify_ssl")
        if disabled and str(disabled).strip().lower() != "false":
            remedy = "take 'Disable SSL' out of it, and give the cluster's certificate authority"
            raise self.refused(f"it has 'Disable SSL' (disable_verify_ssl), {NO_TLS_CHECK}", remedy)
        chosen = self._named_context()
        if chosen:
            check_context(chosen)
        with loader_errors() as errors:
            self.get_conn()
        if self.is_in_cluster:
            # Of the connections that say so, the provider loads these into the process's defaults.
            load_incluster_config(client_configuration=self.client_configuration)
            return None
        if chosen is None:  # neither was named, so it was the default file
            chosen = choose_context(None, self._get_field("cluster_context"))
            check_context(chosen)
        check_credential(chosen, self.client_configuration, errors)
        return chosen

    def _named_context(self) -> Chosen | None:
        """The context of the kubeconfig that the connection names or holds."""
        context = self._get_field("cluster_context")
        path, held = self._get_field("kube_config_path"), self._get_field("kube_config")
        if held:
            text = held if isinstance(held, str) else json.dumps(held)
            return choose_context_of_text(text, f"connection '{self.conn_id}'", context)
        return choose_context(path, context) if path else None

    def _check_tls(self, loaded: Any) -> None:
        if not str(loaded.host).startswith("https://"):
            remedy = "give the API server's own https:// address and its certificate authority"
            raise self.refused(f"its server has no https:// address, {NO_TLS_CHECK}", remedy)
        if not loaded.verify_ssl:
            remedy = "take it out, and give the cluster's certificate-authority instead"
            what = f"its kubeconfig has insecure-skip-tls-verify, {NO_TLS_CHECK}"
            raise self.refused(what, remedy)


def _proxy(loaded: Any, chosen: Chosen | None) -> str:
    """The kubeconfig's own proxy, or else the one that the provider's clients would take."""
    if chosen and chosen.proxy:
        return chosen.proxy
    if not loaded.proxy or should_bypass_proxies(loaded.host, no_proxy=loaded.no_proxy or ""):
        return ""
    return str(loaded.proxy)

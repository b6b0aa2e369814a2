"""How to reach a cluster's Kubernetes API: what DescribeCluster returns, and a maker of tokens."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ClusterAccess:
    """Endpoint and trust of one cluster.

    Attributes:
        endpoint: `https://…` from DescribeCluster.
        certificate_authority: base64 of the PEM from DescribeCluster.
        token: makes a fresh bearer token each time it is called (an EKS token lives
            15 minutes at most); never shown by repr. Empty: no Authorization header is sent.
        tls: makes the TLS context where the CA alone does not do, such as for the client
            certificate of a kubeconfig; None trusts `certificate_authority` alone.
        proxy: URL of the HTTP proxy on the way, perhaps with a password; empty: there is none;
            None: as the environment says (HTTPS_PROXY, NO_PROXY).
        identity: who asks, such as an Airflow connection by its name: within a process, what is
            watched by one identity is shared among those of the same; empty: with nobody.
    """

    endpoint: str
    certificate_authority: str = field(repr=False)
    token: Callable[[], str] = field(repr=False)
    tls: Callable[[], ssl.SSLContext] | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    identity: str = ""

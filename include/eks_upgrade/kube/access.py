"""How to reach a cluster's Kubernetes API: what DescribeCluster returns, and a maker of tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ClusterAccess:
    """Endpoint and trust of one cluster.

    Attributes:
        endpoint: `https://…` from DescribeCluster.
        certificate_authority: base64 of the PEM from DescribeCluster.
        token: makes a fresh bearer token each time it is called (an EKS token lives
            15 minutes at most); never shown by repr.
    """

    endpoint: str
    certificate_authority: str = field(repr=False)
    token: Callable[[], str] = field(repr=False)

"""A client that not every caller has made."""

from typing import Any

from include.eks_upgrade.common.errors import Unreachable


def client_of(client: Any, service: str) -> Any:
    """The client.

    Raises:
        Unreachable: there is none, so nothing can be asked.
    """
    if client is None:
        raise Unreachable(f"no client of {service} was made, so it was not asked")
    return client

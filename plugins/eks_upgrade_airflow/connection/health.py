"""Reading how node groups and add-ons are, for waits: in a thread, and once for all that wait.

Thirty groups of one cluster that are drained side by side ask for the same add-ons; who asks a
moment after another gets the other's answer.
"""

import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.shared_session import in_aws_thread, shared_aws
from include.eks_upgrade.aws.addons import read_addons
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.verification.health import Conditions, conditions

MAX_KEPT: Final = 1000
"""Answers that are kept; who waits for more clusters than that asks anew."""

_pool = ThreadPoolExecutor(2, thread_name_prefix="eks-upgrade-health")
"""Of its own, so that a throttled look keeps no thread from those who read a token; and small, so
that all waits of a process together ask AWS for two things at a time."""

_lock = threading.Lock()
_kept: dict[Any, tuple[float, Any]] = {}


async def read_conditions(
    address: ClusterAddress, node_groups: Collection[str], *, fresh_seconds: float
) -> Conditions:
    """How these node groups and all add-ons of the cluster are; what does not exist is left out.

    Args:
        address: the cluster.
        node_groups: their names.
        fresh_seconds: an answer that another wait has got may be so old.

    Raises:
        UpgradeError: as EKS answered.
    """
    return await in_aws_thread(lambda: _read(address, node_groups, fresh_seconds), _pool)


def _read(address: ClusterAddress, node_groups: Collection[str], fresh: float) -> Conditions:
    cluster = address.cluster

    def group(name: str) -> RawDict | None:
        eks = shared_aws(address).eks()
        found: RawDict | None = _shared(
            (address, name), fresh, lambda: read_node_group(eks, cluster, name)
        )
        return found

    groups = {name: raw for name in node_groups if (raw := group(name)) is not None}
    return conditions(groups, _shared((address,), fresh, lambda: _addons(address)))


def _addons(address: ClusterAddress) -> dict[str, RawDict]:
    with aws_errors_about(f"add-ons of cluster '{address.cluster}'"):
        return read_addons(shared_aws(address).eks(), address.cluster)


def _shared(key: Any, fresh: float, read: Callable[[], Any]) -> Any:
    with _lock:
        at, answer = _kept.get(key, (float("-inf"), None))
    if time.monotonic() - at < fresh:
        return answer
    answer = read()
    with _lock:
        if len(_kept) >= MAX_KEPT:
            _kept.clear()
        _kept[key] = time.monotonic(), answer
    return answer

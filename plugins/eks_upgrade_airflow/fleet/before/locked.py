"""Who is at work on a cluster before the fleet begins: read from its lock, which is not touched."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import run
from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.run.lock import holder_of, run_named, run_state
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.lock.lease import NAME, Held, decide, held_message
from include.eks_upgrade.retrying import classify

if TYPE_CHECKING:
    from airflow.sdk import Context


@dataclass(frozen=True)
class Joinable:
    """A run of this Airflow is at work on the cluster: its end can be waited for."""

    dag_id: str
    run_id: str


@dataclass(frozen=True)
class Locked:
    """Somebody else holds the cluster; `why` says who, since when and until when."""

    why: str


def who_is_at_work(
    address: ClusterAddress, context: "Context", log: Any
) -> Joinable | Locked | None:
    """Who holds the cluster's lock; None: nobody who lives, or it could not be read.

    A lock that cannot be read is no reason to leave the cluster out: the run that is started reads
    it again, and says in its plan what is wrong.
    """
    try:
        lease = run(_lease(address.read_access()))
    except Exception as error:  # noqa: BLE001 - whatever it is, the run says it better
        log.info("the cluster's lock was not read: %s", classify(error).message)
        return None
    held = decide(lease, "", time.time())
    if not isinstance(held, Held):
        return None
    holder = holder_of(context)
    state = run_state(context, holder, held.holder)
    if state == "ended":
        return None  # the run that is started takes it over
    named = run_named(holder, held.holder)
    if state == "running" and named is not None:
        log.info("%s", held_message(held))
        return Joinable(*named)
    return Locked(held_message(held))


async def _lease(access: ClusterAccess) -> Raw | None:
    async with KubeClient(access) as kube:
        return await kube.lease(NAME)

"""The cluster's lock as an Airflow run holds it.

The holder is the DAG run; a lock whose run has ended in this very Airflow is taken over at
once, any other when it has not been renewed in time.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowRuntimeError

from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.lock.acquire import acquire, release
from include.eks_upgrade.lock.lease import MINUTES
from include.eks_upgrade.lock.takeover import HolderState

if TYPE_CHECKING:
    from airflow.sdk import Context

LOCK_MINUTES = MINUTES
"""How long a lock holds without a renewal, unless a DAG says otherwise."""

MARGIN_MINUTES = 60.0
"""How much longer than the longest wait the lock holds without a renewal."""

ENDED = frozenset({"success", "failed"})


def holder_of(context: "Context") -> str:
    """Who holds the lock: this Airflow, this DAG, this run."""
    from airflow.configuration import conf  # noqa: PLC0415 - cheap DAG parsing

    airflow = conf.get("api", "base_url", fallback="") or "airflow"
    ti = context["ti"]
    return f"{airflow.rstrip('/')} {ti.dag_id} {ti.run_id}"


async def take_lock(access: ClusterAccess, context: "Context", *, minutes: float) -> StepResult:
    """Take the lock, or renew it when it is this run's.

    Args:
        access: the cluster's Kubernetes API.
        context: the task's.
        minutes: how long it holds without a renewal.

    Raises:
        LockHeld: another run holds it.
    """
    holder = holder_of(context)
    async with KubeClient(access) as kube:
        return await acquire(
            kube,
            holder,
            minutes=minutes,
            ended=lambda other: run_has_ended(context, holder, other),
        )


def minutes_beyond(waits: Iterable[float]) -> float:
    """How long a lock must hold so that none of these waits (minutes) outlives it."""
    return max([LOCK_MINUTES, *(float(minutes) + MARGIN_MINUTES for minutes in waits)])


async def give_lock_back(access: ClusterAccess, context: "Context") -> StepResult:
    """Release the lock if it is this run's."""
    async with KubeClient(access) as kube:
        return await release(kube, holder_of(context))


def run_has_ended(context: "Context", holder: str, other: str) -> bool:
    """Whether the run that holds the lock is one of this Airflow's, and over."""
    return run_state(context, holder, other) == "ended"


def run_state(context: "Context", holder: str, other: str) -> HolderState:
    """What this Airflow knows of the run that holds the lock."""
    named = run_named(holder, other)
    if named is None:
        return "unknown"
    try:
        state = context["ti"].get_dagrun_state(*named)
    except AirflowRuntimeError:  # a run this Airflow does not know
        return "unknown"
    return "ended" if state in ENDED else "running"


def run_named(mine: str, other: str) -> tuple[str, str] | None:
    """DAG and run that a holder names, if they are of the Airflow of this one."""
    own, theirs = mine.split(" ", 2), other.split(" ", 2)
    if len(theirs) != 3 or theirs[0] != own[0] or theirs == own:
        return None
    return theirs[1], theirs[2]

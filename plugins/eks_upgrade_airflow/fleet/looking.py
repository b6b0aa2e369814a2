"""What is known of a cluster when its health is looked at: from the runs that upgraded it."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.fleet.triggers.health import LIMIT_MINUTES, EksFleetHealthTrigger
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Health
from include.eks_upgrade.fleet.health.known import Known, groups_of
from include.eks_upgrade.fleet.health.probes import addresses
from include.eks_upgrade.verification.cluster import BrokenBefore

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

UPGRADE_DAG, PLAN_TASK = "eks_upgrade", "plan"
POLL_SECONDS = 20.0

RUNS_KEY, BEGAN_KEY, UNWELL_KEY = "runs", "began", "unwell"
"""What an upgrade leaves beside its result: ids of the runs that brought the cluster there, epoch
seconds at which the first was started (null: by nobody here), and what was not well then."""


def known_of(
    context: "Context",
    version: str,
    runs: Sequence[str],
    began: float,
    unwell: Mapping[str, int] | None = None,
) -> Known:
    """What the health of a cluster is held against.

    Args:
        context: the task's.
        version: the minor that it should have.
        runs: ids of the runs of `eks_upgrade` that brought it there, in order. What was broken is
            known to the first, the names of the node groups to the last.
        began: epoch seconds at which the first began.
        unwell: what `unwell_before` found then.
    """
    before = _left(context, runs[0], "before") if runs else None
    replaced = _left(context, runs[-1], "replaced") if runs else None
    return Known(
        version=version,
        began=began,
        before=BrokenBefore.from_json(before),
        groups=groups_of(replaced),
        unwell=dict(unwell or {}),
    )


def health_trigger(
    address: ClusterAddress,
    cluster: FleetCluster,
    known: Known,
    health: Health,
    **more: Any,
) -> EksFleetHealthTrigger:
    """The trigger that looks at a cluster.

    Args:
        address: where it is.
        cluster: as discovery has found it.
        known: see `known_of`.
        health: what the fleet file wants looked at besides.
        more: further arguments of the trigger.
    """
    asked = addresses(
        health.probes, cluster=cluster.name, region=cluster.region, account=cluster.account_name
    )
    given = {"poll_seconds": POLL_SECONDS, **more}
    return EksFleetHealthTrigger.within(
        LIMIT_MINUTES,
        address,
        title=cluster.title,
        known=known.as_json(),
        addresses=[each.as_json() for each in asked],
        **given,
    )


def _left(context: "Context", run_id: str, key: str) -> Any:
    """What the plan of a run has left; None where Airflow does not tell."""
    ti: Any = context["ti"]  # the protocol in airflow.sdk.types does not list `run_id`
    try:
        return ti.xcom_pull(dag_id=UPGRADE_DAG, run_id=run_id, task_ids=PLAN_TASK, key=key)
    except Exception as error:  # noqa: BLE001 - without it the look is stricter, not wrong
        log.warning("run %s does not tell what it knew (%s): %s", run_id, key, error)
        return None

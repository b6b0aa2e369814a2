"""Runs that last longer than expected, told by Airflow's deadline alerts.

Airflow asks when a run is due while it makes the run, in whatever process makes it; what is late
is seen by the scheduler and told in the triggerer. None of that may cost the run: a due time that
cannot be said is none.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from eks_upgrade_airflow.notices.send import tell, wanted
from eks_upgrade_airflow.run.addresses import base_url, run_page, whole
from include.eks_upgrade.notices.fleet import overdue
from include.eks_upgrade.notices.model import Event, Subject
from include.eks_upgrade.notices.overdue import EXPECTED, upgrade_due

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["EXPECTED", "UpgradeExpectedEnd", "tell_overdue", "told_when_overdue"]

log = logging.getLogger(__name__)


class UpgradeExpectedEnd(BaseDeadlineReference):
    """When a run of `eks_upgrade` should have ended, by what it was given."""

    required_kwargs = frozenset({"dag_id", "run_id"})

    def due(self, conf: Mapping[str, Any] | None, began: datetime) -> datetime | None:
        """When a run is due that was given `conf`."""
        return upgrade_due(conf, began)

    def _evaluate_with(self, *, session: "Session", **run: str) -> datetime | None:
        """For Airflow: when this run is due; None: never."""
        try:
            return self.due(*_given(session, **run))
        except Exception as error:  # noqa: BLE001 - the run is worth more than its deadline
            log.warning("when run %s is due is not known: %r", run.get("run_id"), error)
            return None


def _given(session: "Session", dag_id: str, run_id: str) -> tuple[Mapping[str, Any] | None, Any]:
    """What a run was given, and when it may begin."""
    from airflow.models.dagrun import DagRun  # noqa: PLC0415 - not in a worker, and slow
    from sqlalchemy import select  # noqa: PLC0415 - as above

    asked = select(DagRun.conf, DagRun.run_after).where(
        DagRun.dag_id == dag_id, DagRun.run_id == run_id
    )
    conf, began = session.execute(asked).one()
    return conf, began


def told_when_overdue(reference: BaseDeadlineReference) -> DeadlineAlert:
    """For a DAG's `deadline`."""
    return DeadlineAlert(
        reference=reference,
        interval=timedelta(0),
        callback=AsyncCallback(tell_overdue),
        # What the pages of Airflow show behind "Upcoming" and "Missed".
        name="expected end",
    )


async def tell_overdue(context: Mapping[str, Any] | None = None, **_: Any) -> str:
    """Tell that a run is overdue; in the triggerer.

    Args:
        context: Airflow's, which is small here: `dag_run` as its API has it, and `deadline`.

    Returns:
        What came of it, for Airflow's table of callbacks.
    """
    seen = dict(context or {})
    if not await asyncio.to_thread(wanted, Event.OVERDUE):
        return "nobody wants to know"
    run: Mapping[str, Any] = seen.get("dag_run") or {}
    about = _subject(run)
    began, due = run.get("run_after"), (seen.get("deadline") or {}).get("deadline_time")
    notice = overdue(about, began, due)
    failed = await asyncio.to_thread(tell, seen, notice)  # type: ignore[arg-type]  # without a mark no task's parts are needed
    return "; ".join(each.what for each in failed) or "told"


def _subject(run: Mapping[str, Any]) -> Subject:
    dag_id, run_id = str(run.get("dag_id") or ""), str(run.get("dag_run_id") or "")
    conf: Mapping[str, Any] = run.get("conf") or {}
    return Subject(
        cluster=str(conf.get("cluster_name") or "fleet"),
        versions=f"to {conf['target_version']}" if conf.get("target_version") else "",
        dag_id=dag_id,
        run_id=run_id,
        who=str(run.get("triggering_user_name") or ""),
        run_url=whole(run_page(dag_id, run_id)) if base_url() else "",
    )

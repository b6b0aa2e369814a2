"""The trigger that waits until it is a cluster's turn in its ring, or can be no more."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from airflow.sdk.exceptions import AirflowRuntimeError

from eks_upgrade_airflow.fleet.state import fleet_state
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.fleet.running.turn import RingNow, RingTurn, turn

ENDED = ("success", "failed", "skipped", "upstream_failed", "removed")
MAX_KEPT = 100

_lock = threading.Lock()
_looks: dict[tuple[str, str, str], tuple[float, RingNow]] = {}


@typed_trigger
class EksFleetTurnTrigger(WatchTrigger):
    """Waits among the upgrades of a ring; those that wait in one triggerer share their looks.

    Attributes:
        title: of the cluster.
        place: see `RingTurn`; so are the three that follow.
        at_once: how many may be at work at the same time.
        latest: epoch seconds; None: without an end.
        failures: None: they are not counted.
        dag_id, run_id, upgrade_task_id: the mapped task of the ring's upgrades.
    """

    title: str
    place: int
    at_once: int
    latest: float | None
    failures: int | None
    dag_id: str
    run_id: str
    upgrade_task_id: str

    @property
    def awaited(self) -> str:
        """Whose turn is awaited."""
        return f"the turn of {self.title} in its ring"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the ring."""
        latest = None if self.latest is None else datetime.fromtimestamp(self.latest, UTC)
        mine = RingTurn(
            title=self.title,
            place=self.place,
            at_once=self.at_once,
            latest=latest,
            failures=self.failures,
        )

        async def probe() -> Outcome:
            # In a thread, because it blocks: as the triggers of the standard provider do it.
            return turn(mine, await asyncio.to_thread(self._look))

        yield probe

    def _look(self) -> RingNow:
        """The ring as it is; an answer that another wait has just got is as good."""
        key = (self.dag_id, self.run_id, self.upgrade_task_id)
        with _lock:  # who comes meanwhile waits for this look instead of asking as well
            at, seen = _looks.get(key, (float("-inf"), None))
            if seen is None or time.monotonic() - at >= self.poll_seconds / 2:
                seen = ring_now(*key)
                if len(_looks) >= MAX_KEPT:
                    _looks.clear()
                _looks[key] = time.monotonic(), seen
            return seen


def ring_now(dag_id: str, run_id: str, task_id: str) -> RingNow:
    """How the upgrades of a ring are, and the fleet's state.

    Raises:
        Unreachable: Airflow gave no answer.
    """
    from airflow.sdk.execution_time.task_runner import (  # noqa: PLC0415 - cheap DAG parsing
        RuntimeTaskInstance,
    )

    def count(*states: str) -> int:
        return RuntimeTaskInstance.get_ti_count(
            dag_id=dag_id, task_ids=[task_id], run_ids=[run_id], states=list(states)
        )

    try:
        ended, failed = count(*ENDED), count("failed")
    except AirflowRuntimeError as error:
        what = f"Airflow does not tell the states of run '{run_id}': {error}"
        raise Unreachable(what) from error
    state = fleet_state(dag_id)
    return RingNow(
        now=datetime.now(UTC),
        ended=ended,
        failed=failed,
        stopped=state.stopped,
        paused=state.paused,
    )

"""The trigger that waits until it is a node group's turn in its own run."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError

from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.planning.turn import GroupEnd, Turn, turn_outcome

STOPPED = frozenset({"failed", "upstream_failed"})
REPLACED = frozenset({"success", "skipped", "removed"})
"""Skipped is what a person made of it, and what the plan no longer has is removed."""


@typed_trigger
class EksNodegroupTurnTrigger(WatchTrigger):
    """Waits until the groups before this one have come far enough.

    What it looks at are states of tasks, which Airflow gives to workers and triggerers through its
    API. Whoever clears tasks changes them, and the next look sees it.

    Attributes:
        nodegroup_name: whose turn is awaited.
        groups_before: the groups before it, in the order of the run.
        at_once: how many may be at work at the same time.
        dag_id, run_id: the run.
        last_task_id: the mapped task that is each group's last; its map index is the place of the
            group in the order.
    """

    nodegroup_name: str
    groups_before: list[str]
    at_once: int
    dag_id: str
    run_id: str
    last_task_id: str

    @property
    def awaited(self) -> str:
        """Whose turn is awaited."""
        return f"the turn of node group '{self.nodegroup_name}'"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the states of the groups before it."""
        turn = Turn(self.nodegroup_name, tuple(self.groups_before), self.at_once)

        async def probe() -> Outcome:
            states = await self._read_states() if turn.before else {}
            places = range(len(turn.before))
            ends = [end_of(states.get(f"{self.last_task_id}_{place}")) for place in places]
            return turn_outcome(turn, ends)

        yield probe

    async def _read_states(self) -> Mapping[str, Any]:
        """State by `task_id_mapindex`; a task that is not mapped out yet is not among them.

        Raises:
            Unreachable: Airflow's API gave no answer.
        """
        from airflow.sdk.execution_time.task_runner import (  # noqa: PLC0415 - cheap DAG parsing
            RuntimeTaskInstance,
        )

        def read() -> dict[str, Any]:
            return RuntimeTaskInstance.get_task_states(
                dag_id=self.dag_id, task_ids=[self.last_task_id], run_ids=[self.run_id]
            )

        try:
            # In a thread, because it blocks: as the triggers of the standard provider do it.
            runs = await asyncio.to_thread(read)
        except AirflowRuntimeError as error:
            what = f"Airflow does not tell the states of run '{self.run_id}': {error}"
            raise Unreachable(what) from error
        states: Mapping[str, Any] = runs.get(self.run_id, {})
        return states


def end_of(state: str | None) -> GroupEnd:
    """How a group has ended, by the state of its last task."""
    if state in STOPPED:
        return GroupEnd.STOPPED
    return GroupEnd.REPLACED if state in REPLACED else GroupEnd.OPEN

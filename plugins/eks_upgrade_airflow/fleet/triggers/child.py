"""The trigger that waits for the end of a run, and for what it leaves."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field

from eks_upgrade_airflow.run.child_runs import CHILD_DAG, ENDED, proof_left, state_of
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.report.proof import Proof

PROOF_SECONDS = 300.0
"""A person who marks a run as failed ends it before its verdict has run; so long it may take."""


@typed_trigger
class EksFleetChildTrigger(WatchTrigger):
    """Waits until a run has ended.

    The event's data is `{"run_id", "proof": Proof.as_json | None}`. Neither `on_kill` nor `cleanup`
    ends the run: whoever ends the fleet's run leaves upgrades that are at work to come to their
    end.

    Attributes:
        run_id: of the run.
        dag_id: of its DAG.
        proves: whether it leaves a proof; it is waited for a while.
        proof_seconds: how long.
    """

    run_id: str
    dag_id: str = CHILD_DAG
    proves: bool = True
    proof_seconds: float = field(default=PROOF_SECONDS)

    @property
    def awaited(self) -> str:
        """Which run is awaited."""
        return f"run '{self.run_id}' of {self.dag_id}"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the run."""
        ended_at: list[float] = []

        async def probe() -> Outcome:
            # In threads, because both block.
            state = await asyncio.to_thread(state_of, self.run_id, self.dag_id)
            if state is None:
                return Failed(f"run '{self.run_id}' of {self.dag_id} does not exist any more")
            if state not in ENDED:
                ended_at.clear()  # somebody has cleared a task of it
                return NotYet(f"run '{self.run_id}' of {self.dag_id} is {state}")
            if not self.proves:
                return self._done(None)
            proof = await asyncio.to_thread(proof_left, self.run_id)
            ended_at[:] = ended_at or [time.monotonic()]
            if proof or time.monotonic() - ended_at[0] >= self.proof_seconds:
                return self._done(proof)
            return NotYet(f"run '{self.run_id}' has ended, its verdict is awaited")

        yield probe

    def _done(self, proof: Proof | None) -> Done:
        data = {"run_id": self.run_id, "proof": proof.as_json() if proof else None}
        return Done(f"run '{self.run_id}' of {self.dag_id} has ended", data)

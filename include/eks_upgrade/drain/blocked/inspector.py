"""Looking again and again at every pod that is left: what blocks it, and since when."""

from collections.abc import Mapping, Sequence

from include.eks_upgrade.common.event_loop import Slices
from include.eks_upgrade.drain.blocked.explain import explain
from include.eks_upgrade.drain.blocked.model import Block, BlockClass, BudgetState, Situation
from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.eviction.evictor import Evictor
from include.eks_upgrade.drain.eviction.turns import Held
from include.eks_upgrade.drain.filters import FilterResult
from include.eks_upgrade.drain.ledger import NEVER, Ledger, PodEntry
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.objects import Pod

INSPECTION_PAUSE = 2.0
"""Seconds between two looks, at least."""


class BlockInspector:
    """Keeps in the ledger what blocks each pod.

    Args:
        setup: the time it lives in, and how messages are worded.
        view: what is seen.
        ledger: what is known of each pod.
        evictor: which pods it holds back for their workload's sake, or moves otherwise.
    """

    def __init__(
        self, setup: DrainSetup, view: ClusterView, ledger: Ledger, evictor: Evictor
    ) -> None:
        self.setup = setup
        self.evictor = evictor
        self.view = view
        self.ledger = ledger
        self._looked_at = NEVER

    def due(self) -> float:
        """Seconds until it is time to look again."""
        return self._looked_at + INSPECTION_PAUSE - self.setup.clock.now()

    async def inspect(self) -> list[Block]:
        """What blocks each pod that is blocked."""
        self._looked_at = now = self.setup.clock.now()
        slices = Slices()
        states = await self.view.budget_states(slices)
        blocks = []
        for entry in list(self.ledger.present.values()):
            await slices.pause()
            if entry.gone_at is None:  # it may have gone while others had their turn
                found = self._explain(entry, states, now)
                block = self.ledger.set_block(entry, found, now)
                blocks += [block] if block is not None else []
        return blocks

    def lasting(self, blocks: Sequence[Block]) -> list[Block]:
        """Those that will hardly pass by waiting."""
        now, after = self.setup.clock.now(), self.setup.options.blocked_after_seconds
        return [block for block in blocks if block.is_lasting(now, after)]

    def _explain(
        self, entry: PodEntry, states: Mapping[str, BudgetState], now: float
    ) -> Block | None:
        pod, workload = entry.pod, entry.workload
        if entry.refusal is not None:
            return _came_late(pod, entry.refusal, flags=self.setup.flags)
        if not pod.terminating and self.evictor.turns.holds(entry) in {Held.WINDOW, Held.JOB}:
            return None  # it is not asked to go, so nothing can refuse it
        if self.evictor.singles.holds(entry) and not self.view.unschedulable_of(pod):
            return None  # no budget is asked: its rollout moves it, and gives up by itself
        # Under a budget the pods of the workload that find no node are the budget's matter, and
        # stand in its state; without one, or once a restart goes past it, they are the pod's own.
        alone = not entry.budgets or workload.restarted
        situation = Situation(
            now,
            tuple(states[name] for name in entry.budgets if name in states),
            entry.message,
            entry.asked_at,
            self.view.unschedulable_of(pod) if alone else (),
            workload.returned if workload.returned > 1 else 0,
            self.view.targets.get(pod.node),
            self.evictor.rolling.shortage(entry),
        )
        block, note = explain(pod, situation), workload.restart_note
        return block.with_note(note) if block is not None and note else block


def _came_late(pod: Pod, refusal: FilterResult, *, flags: bool) -> Block:
    first = refusal.refused[0]
    remedy = first.problem(flags=flags).remedy
    return Block(pod, BlockClass.REFUSED, f"came late and {first.what}", remedy, at_once=True)

"""What `when_blocked` makes of blocked pods: the decision, and what is done about them."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.drain.blocked.model import Block, BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, action_for
from include.eks_upgrade.drain.eviction.evictor import Evictor
from include.eks_upgrade.drain.eviction.passed_budgets import note_passed_budgets
from include.eks_upgrade.drain.eviction.restart import RESTART_PAUSE, restart_rollout
from include.eks_upgrade.drain.ledger import Fate, Ledger
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.setup import DrainSetup

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decision:
    """What is to be done now.

    Attributes:
        fail: these pods end the drain.
        ask: these pods are asked about, because nothing moves any more.
        restart: one pod of each Deployment whose rollout is to be restarted.
        delete: the one pod that is to be deleted past its budget.
    """

    fail: tuple[Block, ...] = ()
    ask: tuple[Block, ...] = ()
    restart: tuple[Block, ...] = ()
    delete: Block | None = None


def decide(
    blocks: Sequence[Block], ledger: Ledger, options: DrainOptions, now: float, *, held: int = 0
) -> Decision:
    """What to do about pods that are blocked.

    Args:
        blocks: those that last, each of another pod.
        ledger: which pods are left, and what has been done about them so far.
        options: `when_blocked`, and how far it may go.
        now: epoch seconds.
        held: how many pods are left whose node's turn has not come; they cannot move either.
    """
    wanted = [(block, action_for(block.cause, options)) for block in blocks]
    asks = tuple(block for block, action in wanted if action is Action.ASK)
    acting = any(_will_act(block, action, options, ledger) for block, action in wanted)
    # A question ends this part of the drain, so it waits until it is about everything that will
    # not move: a pod that is not blocked, or a rollout that was restarted, may still change what
    # there is to ask. Otherwise people would be asked again for every single pod.
    # What its workload holds back goes on by itself, when that recovers or after its patience.
    stuck = [block for block, action in wanted if not _goes_on_by_itself(block, action)]
    nothing_moves = len(stuck) + held == len(ledger.present) and not acting
    return Decision(
        fail=tuple(block for block, action in wanted if action is Action.FAIL),
        ask=asks if nothing_moves else (),
        restart=_restarts((b for b, a in wanted if a is Action.RESTART), ledger, now),
        delete=_delete((b for b, a in wanted if a is Action.DELETE), ledger, options, now),
    )


class Escalation:
    """Restarts rollouts and deletes pods past budgets, and writes down that it did.

    Args:
        setup: which client, and what may be done.
        ledger: what has been done so far.
        evictor: sends the deletion.
    """

    def __init__(self, setup: DrainSetup, ledger: Ledger, evictor: Evictor) -> None:
        self.client = setup.client
        self.clock = setup.clock
        self.ledger = ledger
        self.evictor = evictor

    async def act(self, decision: Decision, now: float) -> None:
        """Restart rollouts, and delete one pod."""
        for block in decision.restart:
            await self._restart(block, now)
        if decision.delete is not None:
            await self._delete(decision.delete)

    async def _restart(self, block: Block, now: float) -> None:
        workload, family = self.ledger.workload(block.pod), block.pod.family
        workload.restart_tried_at = now
        try:
            note = await restart_rollout(self.client, block.pod, block.budgets, now)
        except Unreachable as error:
            note = str(error)
        if note and workload.restart_note != note:
            log.info("the rollout of %s is not restarted: %s", family, note)
        # The note may be lifted again (a paused rollout goes on, a server answers again), but a
        # restart is never taken back: the new pods are on their way, and evicting on top of them
        # would take more pods at once than the rollout's strategy allows.
        workload.restart_note = note
        workload.restarted |= not note

    async def _delete(self, block: Block) -> None:
        """Delete a pod past what blocks it; not before that is written down where it lasts."""
        entry = self.ledger.present.get(block.pod.uid)
        if entry is None:
            return
        try:
            await note_passed_budgets(self.client, block.pod, block.budgets, Fate.DELETED)
        except Unreachable as error:
            log.warning("%s is not deleted yet: %s", block.pod, error)
            return
        log.warning("deleting past what blocks it: %s", block)
        await self.evictor.delete(entry)
        # Whatever came of it: a deletion whose answer was lost may well have happened, and a
        # second one right after it would be one too many. Counted from the answer, the pause is a
        # whole one however long the request was on its way.
        self.ledger.deleted_at = self.clock.now()


def _goes_on_by_itself(block: Block, action: Action) -> bool:
    return block.cause is BlockClass.WORKLOAD_UNREADY and action is Action.WAIT


def _will_act(block: Block, action: Action, options: DrainOptions, ledger: Ledger) -> bool:
    """Whether something is still going to be done about a blocked pod."""
    if action is Action.DELETE:
        return options.may_delete_blocked_pods and not block.pod.terminating
    return action is Action.RESTART and not ledger.workload(block.pod).restart_note


def _restarts(blocks: Iterable[Block], ledger: Ledger, now: float) -> tuple[Block, ...]:
    # One pod of each workload: the rollout replaces all of them anyway. The pause also holds for
    # one that rolls already, which is looked at again in case somebody has paused it.
    due = {
        block.pod.family: block
        for block in blocks
        if now - ledger.workload(block.pod).restart_tried_at >= RESTART_PAUSE
    }
    return tuple(due.values())


def _delete(
    blocks: Iterable[Block], ledger: Ledger, options: DrainOptions, now: float
) -> Block | None:
    if not options.may_delete_blocked_pods:
        return None
    # One at a time with a pause, because nothing else protects the workload any more: its
    # replacement should have had the time to become Ready.
    if now - ledger.deleted_at < options.delete_pause_seconds:
        return None
    ripe = options.delete_blocked_after_minutes * 60
    return next((b for b in blocks if not b.pod.terminating and now - b.since >= ripe), None)

"""Reporting how far the drain is, and what is left when it ends before its time."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.text import first_lines
from include.eks_upgrade.drain.blocked.model import Block
from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.eviction.turns import Held
from include.eks_upgrade.drain.ledger import NEVER, Ledger, PodEntry
from include.eks_upgrade.drain.order.running_jobs import patience_ends
from include.eks_upgrade.drain.progress import DrainProgress, NodeProgress, changes_between
from include.eks_upgrade.drain.setup import DrainSetup

HEARTBEAT = 10.0
"""Seconds after which progress is reported even when nothing has changed."""

MAX_LISTED_MOVING = 20
"""Pods that nothing blocks and that are named all the same when the time is over."""


class ProgressReporter:
    """Presents what the ledger knows; it decides nothing.

    Args:
        setup: whom to report to, and how messages are worded.
        view: which nodes there are.
        ledger: what is known of each pod.
    """

    def __init__(self, setup: DrainSetup, view: ClusterView, ledger: Ledger) -> None:
        self.setup = setup
        self.view = view
        self.ledger = ledger
        self._last: DrainProgress | None = None
        self._last_at = NEVER

    def report(
        self, blocks: Sequence[Block], lasting: Sequence[Block], *, last: bool = False
    ) -> None:
        """Report when there is something new or enough time has passed, and when it is the last.

        Args:
            blocks: what blocks each pod that waits.
            lasting: those of them that will hardly pass by waiting.
            last: whether the drain ends with it.
        """
        progress, now = self._progress(blocks, lasting), self.setup.clock.now()
        if progress.differs_from(self._last) or now - self._last_at >= HEARTBEAT or last:
            gone = {e.pod.uid: (e.gone_at or now) - e.seen_at for e in self.ledger.gone()}
            changes = changes_between(self._last, progress, gone)
            self._last, self._last_at = progress, now
            self.setup.on_progress(progress.with_changes(changes))

    def timeout_message(self, how: str) -> str:
        """Every pod that is left and what blocks it; `how` says why the drain ends."""
        left = sorted(self.ledger.present.values(), key=lambda entry: str(entry.pod))
        seconds = self.setup.clock.now() - self.ledger.began
        took = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
        title = (
            f"The drain of {self.setup.target.title} {how} after {took}"
            f" with {counted(len(left), 'pod')} left. Nothing was deleted because of that; its"
            " nodes stay"
            f" cordoned. Apply the remedies and {self._how_to_go_on} to go on"
        )
        blocked = [entry for entry in left if entry.block is not None]
        moving = [entry for entry in left if entry.block is None]
        lines = [f"  {number}. {_state_of(entry)}" for number, entry in enumerate(blocked, 1)]
        shown = first_lines(
            list(map(_state_of, moving)), MAX_LISTED_MOVING, "and {} more like that"
        )
        lines += [f"  {line}" for line in shown]
        return "\n".join([f"{title}:", *lines])

    @property
    def _how_to_go_on(self) -> str:
        return "run it again" if self.setup.flags else f"repeat {Stage.DRAIN.title}"

    def _progress(self, blocks: Sequence[Block], lasting: Sequence[Block]) -> DrainProgress:
        return DrainProgress(
            self.setup.target.title,
            self._nodes(lasting),
            sum(entry.pod.terminating for entry in self.ledger.present.values()),
            tuple(blocks),
            tuple(lasting),
            self.ledger.refusals,
            self.setup.clock.now() - self.ledger.began,
            **self._waiting(),
        )

    def _waiting(self) -> dict[str, Any]:
        """What waits although nothing blocks it."""
        present, now = self.ledger.present.values(), self.setup.clock.now()
        began = self.ledger.began if self.setup.first_began is None else self.setup.first_began
        return {
            "nodes_to_come": len({e.pod.node for e in present if e.held == Held.WINDOW}),
            "jobs": tuple(sorted(str(e.pod) for e in present if e.held == Held.JOB)),
            "jobs_until": max(0.0, patience_ends(self.setup.options, began) - now),
        }

    def _nodes(self, lasting: Sequence[Block]) -> tuple[NodeProgress, ...]:
        moved, to_move = self.ledger.moved(), self.ledger.to_move()
        left = Counter(entry.pod.node for entry in self.ledger.present.values())
        blocked = Counter(block.pod.node for block in lasting)
        targets = self.view.targets
        return tuple(
            NodeProgress(
                name,
                moved.get(name, 0),
                to_move.get(name, 0),
                set_aside=0 < left[name] == blocked[name],
                excluded=name in targets and targets[name].excluded,
            )
            for name in sorted({*targets, *to_move})
        )


def _state_of(entry: PodEntry) -> str:
    if entry.block is not None:
        return str(entry.block)
    return f"pod {entry.pod} on {entry.pod.node}: " + (
        "is stopping" if entry.pod.terminating else entry.held or "its turn had not come yet"
    )

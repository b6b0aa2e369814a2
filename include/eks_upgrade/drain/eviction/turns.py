"""Whose turn it is before any budget is asked: the window of nodes, Jobs at work, who is last."""

import logging
from enum import StrEnum

from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.ledger import Ledger, PodEntry
from include.eks_upgrade.drain.order.precedence import PATIENCE, Precedence, precedence_of
from include.eks_upgrade.drain.order.running_jobs import is_awaited
from include.eks_upgrade.drain.order.window import Window
from include.eks_upgrade.drain.setup import DrainSetup

log = logging.getLogger(__name__)


class Held(StrEnum):
    """Why a pod is not asked to go yet although nothing blocks it; the value ends a sentence."""

    WINDOW = "its node's turn has not come (nodes_at_once)"
    JOB = "its Job is at work and is waited for (running_jobs)"
    PROTECTED = "its owner wants it left alone, so it goes after the ordinary pods"
    CRITICAL = "the cluster needs it, so it goes last"


_LATER = {Precedence.PROTECTED: Held.PROTECTED, Precedence.CRITICAL: Held.CRITICAL}


class Turns:
    """Judges each pod, and moves the window on.

    Args:
        setup: the options, and the time it lives in.
        view: how many nodes there are.
        ledger: which pods are left, and where.
    """

    def __init__(self, setup: DrainSetup, view: ClusterView, ledger: Ledger) -> None:
        self.options, self.clock = setup.options, setup.clock
        self.view, self.ledger = view, ledger
        self.window = Window(setup.options.nodes_at_once)
        # The patience with Jobs does not begin anew with every triggerer that takes over.
        self._began = ledger.began if setup.first_began is None else setup.first_began

    def holds(self, entry: PodEntry) -> Held | None:
        """Why a pod is not to be asked now; None when it is its turn."""
        now = self.clock.now()
        if not self.window.admits(entry.pod.node):
            return Held.WINDOW
        if is_awaited(entry.pod, self.options, began=self._began, now=now):
            entry.awaited = True
            return Held.JOB
        place = precedence_of(entry.pod, now)
        if place is Precedence.ORDINARY:
            return None
        # Within the window alone: ordinary pods on nodes whose turn has not come would keep the
        # critical ones of a node in the window, and that node would never make room.
        turn = self.ledger.is_turn_of(place, now, PATIENCE, self.window.inside)
        return None if turn else _LATER[place]

    def ends_with(self, entry: PodEntry) -> bool:
        """Whether it was the last of its kind, so that pods of other workloads may go now."""
        return self.ledger.left(entry.precedence, self.window.inside) == 0

    def move_on(self) -> bool:
        """Let nodes into the window for those that are empty; whether any has come in."""
        if not self.window.bounded:
            return False
        left, nodes = self.ledger.left_on(), len(self.view.targets)
        if not self.window.has_room(left, nodes):
            return False
        present = self.ledger.present.values()
        begun = {e.pod.node for e in present if e.asked_at is not None or e.pod.terminating}
        entered = self.window.advance(left, begun, nodes)
        for name in entered:
            log.info("node %s is emptied now: %d pods (nodes_at_once)", name, left[name])
        return bool(entered)

    def held_by_window(self) -> int:
        """How many pods only wait for their node's turn."""
        if not self.window.bounded:
            return 0
        present = self.ledger.present.values()
        return sum(e.block is None and not self.window.admits(e.pod.node) for e in present)

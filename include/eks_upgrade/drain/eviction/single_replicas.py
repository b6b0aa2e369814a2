"""`single_replicas: restart`: a Deployment's only pod moves by a restart of its rollout.

An eviction would stop it before its replacement starts. A rollout that may surge brings the new
pod up first (tests/recordings/rollout-restart.json), and the cordon keeps it off the old nodes.
"""

import logging

from include.eks_upgrade.common.errors import Unreachable
from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.eviction.restart import RESTART_PAUSE, restart_rollout
from include.eks_upgrade.drain.eviction.turns import Turns
from include.eks_upgrade.drain.ledger import Ledger, PodEntry
from include.eks_upgrade.drain.options import RESTART
from include.eks_upgrade.drain.setup import DrainSetup

log = logging.getLogger(__name__)


class SingleReplicas:
    """Restarts the rollouts of Deployments with one replica, one after the other.

    Args:
        setup: the options, and which client.
        view: how many replicas each Deployment is to have.
        ledger: which pods are left, and what was done about their rollouts.
        turns: whose turn it is.
    """

    def __init__(self, setup: DrainSetup, view: ClusterView, ledger: Ledger, turns: Turns) -> None:
        self.turns = turns
        self.wanted = setup.options.single_replicas == RESTART
        self.client, self.clock = setup.client, setup.clock
        self.families, self.ledger = view.families, ledger
        self.patience = setup.options.unready_patience_minutes * 60

    def holds(self, entry: PodEntry) -> bool:
        """Whether a pod is not evicted, because a restart is to move it."""
        if not self.wanted or not entry.pod.ready or entry.workload.restart_note:
            return False
        scale = self.families.scale(entry.pod.family)
        return scale is not None and scale.kind == "Deployment" and scale.wanted == 1

    async def act(self) -> bool:
        """Restart one rollout whose turn it is; False when there is none.

        One at a time: each costs a few requests, and all of them at once would ask the new nodes
        for the room of every single replica twice.
        """
        now = self.clock.now()
        for entry in list(self.ledger.present.values()) if self.wanted else ():
            if not self.holds(entry) or entry.asked_at is not None or entry.leaving:
                continue
            if not self.turns.holds(entry):
                if entry.workload.restarted:
                    self._give_up(entry, now)
                elif now - entry.workload.restart_tried_at >= RESTART_PAUSE:
                    await self._restart(entry, now)
                    return True
        return False

    async def _restart(self, entry: PodEntry, now: float) -> None:
        workload = entry.workload
        workload.restart_tried_at = now
        try:
            note = await restart_rollout(self.client, entry.pod, entry.budgets, now)
        except Unreachable as error:  # the next turn after the pause tries again
            log.info("the rollout of %s is restarted later: %s", entry.pod.family, error)
            return
        if note:
            log.info("%s is evicted instead of restarted: %s", entry.pod, note)
        workload.restart_note, workload.restarted = note, not note

    def _give_up(self, entry: PodEntry, now: float) -> None:
        workload = entry.workload
        if now - workload.restart_tried_at < self.patience:
            return
        minutes = self.patience / 60
        workload.restart_note = f"its new pod was not Ready within {minutes:g} minutes"
        workload.restarted = False
        log.warning("%s is evicted after all: %s", entry.pod, workload.restart_note)

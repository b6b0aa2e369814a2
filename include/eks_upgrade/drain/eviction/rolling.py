"""When the next pod of a workload without a disruption budget may go.

As many are away at a time as its own strategy allows (`availability.implied`), and the next goes
when a replacement is Ready. Only a budget that somebody wrote may hold a drain for ever: a workload
that does not recover goes on one pod at a time.
"""

import logging

from include.eks_upgrade.drain.availability.implied import has_implied_budget
from include.eks_upgrade.drain.cluster_view import ClusterView
from include.eks_upgrade.drain.ledger import PodEntry
from include.eks_upgrade.drain.options import ROLLING
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.objects import Pod

log = logging.getLogger(__name__)

IMPATIENT_PAUSE = 60.0
"""Seconds, at least, between two pods of a workload that did not recover in time."""


class RollingWorkloads:
    """Judges pods that no budget covers.

    Args:
        setup: the options, and the time it lives in.
        view: the workloads' pods.
    """

    def __init__(self, setup: DrainSetup, view: ClusterView) -> None:
        self.options = setup.options
        self.clock = setup.clock
        self.view, self.families = view, view.families
        self.patience = setup.options.unready_patience_minutes * 60

    def family_of(self, pod: Pod) -> str:
        """The workload whose Ready pods count for this pod; empty when it may go at any time."""
        # Deleting past every budget was asked for in so many words, and leaves nothing to imply.
        if self.options.unbudgeted_workloads != ROLLING or self.options.disable_eviction:
            return ""
        if pod.finished or not has_implied_budget(pod):
            return ""
        return pod.family

    def may_go(self, entry: PodEntry) -> bool:
        """Whether a pod may be asked for now; call it when its request would follow at once."""
        if not entry.pod.ready:
            return True  # nobody is served by it, and no replacement has to stand in for it
        workload, now = entry.workload, self.clock.now()
        if self.families.room(entry.pod.family) > 0 and self._is_turn_of(entry.pod):
            workload.short_since = None
            return True
        if workload.short_since is None:
            workload.short_since = now
        if now - workload.short_since < self.patience:
            return False
        return self._goes_all_the_same(entry, now)

    def shortage(self, entry: PodEntry) -> str:
        """Why a pod of a workload has to wait, in words; empty when it need not."""
        pod, workload = entry.pod, entry.workload
        if not self.family_of(pod) or entry.budgets or not pod.ready or entry.asked_at is not None:
            return ""
        if self.families.room(pod.family) > 0:
            if self._is_turn_of(pod):
                return ""
            return f"{pod.family} has pods on nodes that another drain empties: they go first"
        budget, ready = self.families.budget(pod.family), self.families.ready(pod.family)
        counts = (
            f"{pod.family} has {ready} of {budget.wanted} pods Ready and keeps {budget.keeps}"
            f" ({budget.rule}; it has no disruption budget)"
        )
        return counts + (": it goes on one pod at a time" if workload.impatient else "")

    def _is_turn_of(self, pod: Pod) -> bool:
        return self.view.first_node_of(pod.family) in {"", pod.node}

    def _goes_all_the_same(self, entry: PodEntry, now: float) -> bool:
        workload = entry.workload
        if workload.on_their_way or now - workload.left_at < IMPATIENT_PAUSE:
            return False
        if not workload.impatient:
            log.warning(
                "%s did not recover within %g minutes (unready_patience_minutes) and has no"
                " disruption budget that would hold it: it goes on one pod at a time",
                entry.pod.family,
                self.patience / 60,
            )
        workload.impatient = True
        return True

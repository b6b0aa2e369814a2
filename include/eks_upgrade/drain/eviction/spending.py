"""What evictions have spent of a budget while its counts do not show it. No I/O."""

from dataclasses import dataclass, field

from include.eks_upgrade.drain.ledger import PodEntry
from include.eks_upgrade.kube.objects import Budget


@dataclass(slots=True)
class Spending:
    """Evictions that a budget's counts do not show yet.

    The API server first writes the pod's name into `status.disruptedPods` and lowers
    `disruptionsAllowed`, then deletes the pod (tests/recordings/watch.json): an eviction is
    spent from its request until a budget is seen that names the pod, or, when that was
    missed, until the pod is seen to leave and the budget to have changed.
    """

    # Why not simply believe the budget as it was seen last: its event comes after the answer to
    # the eviction, by milliseconds or, over a slow watch, by seconds. In between it still shows
    # the room that is spent already: every further request would be refused (429), and each
    # refusal makes the queue back off, although there may be real room in a moment.
    _by_budget: dict[str, dict[str, PodEntry]] = field(default_factory=dict)

    def spend(self, budget: Budget, entry: PodEntry) -> None:
        """An eviction under this budget is on its way."""
        # It may still be spent elsewhere: asked for again, under a budget that replaced another.
        self.give_back(entry)
        entry.spent_under, entry.spent_version = str(budget), budget.version
        self._by_budget.setdefault(str(budget), {})[entry.pod.uid] = entry

    def give_back(self, entry: PodEntry) -> None:
        """It was refused, or the budget shows it now."""
        self._by_budget.get(entry.spent_under, {}).pop(entry.pod.uid, None)
        entry.spent_under = ""

    def seen(self, budget: Budget) -> None:
        """A budget has changed, or one of its pods has."""
        for entry in list(self._by_budget.get(str(budget), {}).values()):
            named = entry.pod.name in budget.disrupted
            # The mark can be missed: the controller takes it away again when the pod is gone, and
            # a watch that was listed anew in between never shows it. Then the pod's own leaving
            # tells, but only with a budget newer than the one that was spent on. The old version
            # can be seen once more (a pod's event makes us look at it again), and it still shows
            # the room from before; to give it back then would spend the same room twice.
            missed = entry.leaving and budget.version != entry.spent_version
            if named or missed:
                self.give_back(entry)

    def free(self, budget: Budget) -> int:
        """How many more evictions it allows."""
        return budget.allowed - len(self._by_budget.get(str(budget), ()))

"""The work queue of a controller: one reconcile per object and simulated instant."""

from collections.abc import Callable

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.objects.store import Key


class Reconciler:
    """Runs a reconcile once per key and simulated instant, however often it was asked for."""

    def __init__(self, clock: SimClock, reconcile: Callable[[Key], None]) -> None:
        self._clock = clock
        self._reconcile = reconcile
        self._wanted: set[Key] = set()

    def want(self, key: Key) -> None:
        """Reconcile this object later in this instant."""
        if key not in self._wanted:
            self._wanted.add(key)
            self._clock.later(0.0, lambda: self.settle(key))

    def settle(self, key: Key) -> None:
        """Reconcile now what is still wanted; harmless when it was already done."""
        if key in self._wanted:
            self._wanted.discard(key)
            self._reconcile(key)

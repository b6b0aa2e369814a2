"""The trigger that lets a ring live with its new version for a while."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Done, NotYet, Outcome


@typed_trigger
class EksFleetBakeTrigger(WatchTrigger):
    """Waits until a moment, which stays the same however often the triggerer is restarted.

    Attributes:
        ring: of which the bake is.
        until: epoch seconds.
    """

    ring: str
    until: float

    @property
    def awaited(self) -> str:
        """What is awaited."""
        end = datetime.fromtimestamp(self.until, UTC)
        return f"the bake of ring '{self.ring}' until {end:%Y-%m-%d %H:%M:%S} UTC"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the clock."""

        async def probe() -> Outcome:
            return Done("it has baked") if time.time() >= self.until else NotYet(self.awaited)

        yield probe

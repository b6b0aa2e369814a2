"""When a run of the fleet is overdue. Pure."""

from datetime import datetime, timedelta

from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.windows.openings import open_at

AFTER_WINDOW_MINUTES = 60.0
"""After the end of its window, what a fleet may still take for looks and its verdict."""


def fleet_due(file: FleetFile, began: datetime) -> datetime | None:
    """When it should have ended; None for a run that began in no window.

    Nothing begins that is not expected to end in its window, so all upgrades have ended by then;
    the last ring may still bake.
    """
    opening = open_at(file.windows, began)
    if opening is None:
        return None
    bake = max((ring.bake_minutes for ring in file.rings), default=0.0)
    return opening.end + timedelta(minutes=bake + AFTER_WINDOW_MINUTES)

"""A person lets the fleet go on. Pure."""

from dataclasses import replace
from datetime import datetime

from include.eks_upgrade.fleet.running.state import FleetState


def resumed(state: FleetState, who: str, because: str, at: datetime) -> FleetState:
    """The state without its stop and pause; who lifted a stop, and why, is kept with it."""
    stop = state.stop
    if stop is not None and stop.holds:
        stop = stop.resumed(who or "somebody", because, at)
    return replace(state, stop=stop, pause=None)

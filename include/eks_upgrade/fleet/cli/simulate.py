"""The openings of some days, each planned for the clusters as the one before has left them. Pure.

Every run is taken to go well and every ring to hold: what really happens can only be less.
"""

from collections.abc import Iterator
from datetime import datetime

from include.eks_upgrade.fleet.cluster import Found
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.make_plan import make_plan
from include.eks_upgrade.fleet.next_state import after
from include.eks_upgrade.fleet.plan import FleetPlan
from include.eks_upgrade.fleet.windows.openings import openings


def plans(file: FleetFile, found: Found, begin: datetime, until: datetime) -> Iterator[FleetPlan]:
    """The plan of each opening that starts before the end, or is open at the beginning."""
    for moment in moments(file, begin, until):
        plan = make_plan(file, found, moment)
        yield plan
        found = after(found, plan)


def moments(file: FleetFile, begin: datetime, until: datetime) -> list[datetime]:
    """When something may begin: at each start, and at the beginning if a window is open then."""
    ahead = openings(file.windows, begin, until)
    return sorted({max(begin, opening.start) for opening in ahead})

"""When a run of `eks_upgrade` is overdue: it lasts longer than was expected of it. Pure.

Nothing ends a run for that. A person is told, who may look what it waits for.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

EXPECTED = "expected_minutes"
"""In the configuration of a run: how long it is expected to take. Whoever starts runs may give it;
the fleet gives what its plan expects. It is no field of the form."""

DEFAULT_MINUTES = 360.0
"""Where nobody has said how long: a usual upgrade ends in a third of that."""

MOST_MINUTES = 60.0 * 24 * 365


def upgrade_due(conf: Mapping[str, Any] | None, began: datetime) -> datetime:
    """When a run is overdue.

    Args:
        conf: what the run was given; an expectation that is no number above 0 counts as none.
        began: when it could begin.
    """
    return began + timedelta(minutes=_minutes((conf or {}).get(EXPECTED)))


def _minutes(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return DEFAULT_MINUTES
    return min(float(given), MOST_MINUTES) if isfinite(given) and given > 0 else DEFAULT_MINUTES

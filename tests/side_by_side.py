"""How the tests are dealt out to processes that run side by side (pytest-xdist).

A file is the unit, as with `--dist loadfile`, but those that start real Airflow are one unit
together.
An Airflow is four processes that keep a core busy; three of them at once on two cores took three
times as long each, and most other tests wait more than they work. So one process goes through these
files from the beginning, and the others do the rest meanwhile.
"""

from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parents[1]
REAL_AIRFLOW = "real Airflow"


@cache
def unit_of(file: str) -> str:
    """The unit of a file of tests, named as pytest names it, from the project's root."""
    return REAL_AIRFLOW if "mark.airflow" in (ROOT / file).read_text("utf-8") else file


class OneAirflow(LoadFileScheduling):
    """Deals out `unit_of` each file."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(super()._split_scope(nodeid))


def longest_first(items: list[pytest.Item]) -> None:
    """Put that unit to the beginning; everything else stays in its order."""
    items.sort(key=lambda item: unit_of(item.nodeid.partition("::")[0]) != REAL_AIRFLOW)

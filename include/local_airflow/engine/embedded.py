"""SQLite and the LocalExecutor: nothing but Python is needed. The default."""

from collections.abc import Mapping
from pathlib import Path

from include.local_airflow import database
from include.local_airflow.engine.model import Engine
from include.local_airflow.processes.child import Child
from include.local_airflow.settings import COMPONENTS, Places

RUNS_IN_A_PASS = 5
"""The scheduler decides about so many runs in one transaction; the longest waiting come first.

Once one of them has a task to begin, SQLite's one writer is the scheduler until it has decided
about the rest, and each upgrade takes it a thirtieth of a second. With Airflow's default of 20, on
a busy machine, others waited up to 3.4 s; beyond 5 s the api-server answers 500. With five it was
0.5 s.
"""


class SqliteFile:
    """The database as a file in Airflow's home; see `BackingServices`."""

    def __init__(self, places: Places, cache: Path) -> None:
        self.children: list[Child] = []
        self._file, self._cache = places.database, cache

    def environment(self) -> dict[str, str]:
        """Short passes of the scheduler; the rest is what `settings.environment` says."""
        return {"AIRFLOW__SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": str(RUNS_IN_A_PASS)}

    def start(self, environment: Mapping[str, str]) -> None:
        """Copy a migrated file, unless there is one."""
        database.provide(self._file, self._cache, environment)

    def database_bytes(self) -> int:
        """Of the file and of what was written beside it."""
        files = self._file.parent.glob(f"{self._file.name}*")
        return sum(each.stat().st_size for each in files)

    def stop(self) -> None:
        """Nothing runs."""


EMBEDDED = Engine("embedded", COMPONENTS, SqliteFile)

"""SQLite and the LocalExecutor: nothing but Python is needed. The default."""

from collections.abc import Mapping
from pathlib import Path

from include.local_airflow import database
from include.local_airflow.engine.model import Engine
from include.local_airflow.processes.child import Child
from include.local_airflow.settings import COMPONENTS, Places

RUNS_IN_A_PASS = 5
"""The scheduler decides about so many runs in one transaction.

It writes at its beginning, and SQLite has one writer. With Airflow's default of 20, and a twentieth
of a second for each upgrade, all others wait for a second, for five on a busy machine; the
api-server then answers 500. Those that wait longest come first, so that none is left out.
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

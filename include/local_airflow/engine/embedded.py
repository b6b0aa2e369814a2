"""SQLite and the LocalExecutor: nothing but Python is needed. The default."""

from collections.abc import Mapping
from pathlib import Path

from include.local_airflow import database
from include.local_airflow.engine.model import Engine
from include.local_airflow.processes.child import Child
from include.local_airflow.settings import COMPONENTS, Places


class SqliteFile:
    """The database as a file in Airflow's home; see `BackingServices`."""

    def __init__(self, places: Places, cache: Path) -> None:
        self.children: list[Child] = []
        self._file, self._cache = places.database, cache

    def environment(self) -> dict[str, str]:
        """None of its own: `settings.environment` has them."""
        return {}

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

"""What the launcher has to know of an engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from include.local_airflow.processes.child import Child
from include.local_airflow.settings import Places


class BackingServices(Protocol):
    """What Airflow's components lean on: their database, and a broker where there is one.

    Attributes:
        children: the processes that run, none before `start`.
    """

    children: list[Child]

    def environment(self) -> dict[str, str]:
        """Settings of Airflow that lead to them; the same at each call."""

    def start(self, environment: Mapping[str, str]) -> None:
        """Have them ready, the database migrated; harmless when they are.

        Args:
            environment: of Airflow's components.

        Raises:
            CannotStart: something on this machine stands in the way.
        """

    def database_bytes(self) -> int:
        """How large the database is."""

    def stop(self) -> None:
        """Stop what was started; harmless when nothing runs. The components end before."""


@dataclass(frozen=True)
class Engine:
    """What Airflow runs on.

    Attributes:
        name: as it is chosen on a command line.
        components: of Airflow, as `settings.command` knows them.
        services: makes the backing services of one installation; the second argument is the
            folder in which installations share what takes long to make.
    """

    name: str
    components: tuple[str, ...]
    services: Callable[[Places, Path], BackingServices]

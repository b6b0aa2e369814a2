"""What Airflow runs on: where it keeps its state, and who carries out its tasks."""

from collections.abc import Mapping
from types import MappingProxyType

from include.local_airflow.engine.distributed import DISTRIBUTED
from include.local_airflow.engine.embedded import EMBEDDED
from include.local_airflow.engine.model import Engine

__all__ = ["DISTRIBUTED", "EMBEDDED", "ENGINES"]

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {engine.name: engine for engine in (EMBEDDED, DISTRIBUTED)}
)

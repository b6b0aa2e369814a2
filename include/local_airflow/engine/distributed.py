"""PostgreSQL, Redis and Celery workers on loopback, as docker-compose.yaml has them."""

from collections.abc import Mapping
from pathlib import Path

from include.local_airflow import database
from include.local_airflow.common_settings import CELERY
from include.local_airflow.engine.model import Engine
from include.local_airflow.engine.postgresql import PostgreSql
from include.local_airflow.engine.redis_server import RedisServer
from include.local_airflow.processes.child import Child, stop_all
from include.local_airflow.settings import CONNECTION, DISTRIBUTED_COMPONENTS, Places


class Servers:
    """A PostgreSQL and a Redis of our own; see `BackingServices`."""

    def __init__(self, places: Places, _cache: Path) -> None:
        self.children: list[Child] = []
        self._postgresql = PostgreSql(places.logs)
        self._redis = RedisServer(places.home / "redis", places.logs)

    def environment(self) -> dict[str, str]:
        """Database, broker, and where workers leave their results."""
        address = self._postgresql.address
        return {
            **CELERY,
            CONNECTION: f"postgresql+psycopg2://{address}",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{address}",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg2://{address}",
            "AIRFLOW__CELERY__BROKER_URL": self._redis.url,
            # Workers may run as root here, as everything does in a container.
            "C_FORCE_ROOT": "true",
        }

    def start(self, environment: Mapping[str, str]) -> None:
        """Start both side by side, and migrate the database."""
        if self.children:
            return
        try:
            self.children.append(self._redis.start())
            self.children.append(self._postgresql.start())
            self._redis.await_answer(self.children[0])
            self._postgresql.await_answer(self.children[1])
            database.migrate(environment)
        except BaseException:
            self.stop()
            raise

    def database_bytes(self) -> int:
        """As PostgreSQL counts them."""
        return self._postgresql.size()

    def stop(self) -> None:
        """Stop both, and remove what they wrote."""
        stop_all(self.children)
        self.children = []
        self._postgresql.remove()


DISTRIBUTED = Engine("distributed", DISTRIBUTED_COMPONENTS, Servers)

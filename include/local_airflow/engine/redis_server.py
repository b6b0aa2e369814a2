"""A Redis server of our own, on loopback and a free port.

What it was given it writes down at once, and finds again when it is started in the same folder.
"""

import contextlib
import os
import secrets
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from include.local_airflow.engine.packages import program
from include.local_airflow.ports import LOOPBACK, free_ports
from include.local_airflow.problems import CannotStart
from include.local_airflow.processes.child import Child, Program, wait_until_up
from include.local_airflow.secret_files import write_secret_file

START_SECONDS = 30.0


class RedisServer:
    """Started by `start`.

    Args:
        folder: where it writes.
        logs: the folder of its log.
    """

    def __init__(self, folder: Path, logs: Path) -> None:
        self._folder, self._log = folder, logs / "redis.log"
        (self._port,) = free_ports(1)
        self._password = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """As Celery takes it."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    def start(self) -> Child:
        """Start it; it does not answer yet.

        Raises:
            CannotStart: it is not installed.
        """
        server, settings = program("redis-server", "redis-server"), self._folder / "redis.conf"
        # In a file, so that the process list does not show the password.
        write_secret_file(settings, self._settings())
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        return Child(Program("Redis", [server, str(settings)], environment, self._log))

    def await_answer(self, child: Child) -> None:
        """Wait until it answers.

        Raises:
            CannotStart: it does not answer in time.
            ComponentDied: it has ended.
        """
        for _ in wait_until_up([child], START_SECONDS):
            with contextlib.suppress(RedisError), Redis.from_url(self.url) as client:
                client.ping()
                return
        raise CannotStart(
            f"Redis at port {self._port} did not answer within {START_SECONDS:.0f} s. "
            f"Its log is {self._log}."
        )

    def _settings(self) -> str:
        return "\n".join(
            [
                f"bind {LOOPBACK}",
                f"port {self._port}",
                f"requirepass {self._password}",
                f"dir {self._folder}",
                "appendonly yes",  # (also compose)
                'save ""',
                "",
            ]
        )

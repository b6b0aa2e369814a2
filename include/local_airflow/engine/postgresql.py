"""A PostgreSQL server of our own, from an empty folder, on loopback and a free port.

Nothing is shared with the server that Debian's package starts for itself.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from include.local_airflow.common_settings import POSTGRESQL_CONNECTIONS
from include.local_airflow.engine.packages import as_owner, owner, postgresql_program
from include.local_airflow.ports import LOOPBACK, free_ports
from include.local_airflow.problems import CannotStart
from include.local_airflow.processes.child import Child, Program, wait_until_up
from include.local_airflow.secret_files import write_secret_file

NAME = "airflow"
"""Of the database and of its user."""
START_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": str(POSTGRESQL_CONNECTIONS),
    # The folder is thrown away; only a machine that loses its power would miss this.
    "fsync": "off",
}


class PostgreSql:
    """From `start` to `remove`.

    Args:
        logs: the folder of its log.
    """

    def __init__(self, logs: Path) -> None:
        self._log = logs / "postgresql.log"
        (self._port,) = free_ports(1)
        self._password = secrets.token_urlsafe(24)
        self._folder: Path | None = None

    @property
    def address(self) -> str:
        """User, password, host, port and database, as they stand in a URL."""
        return f"{NAME}:{self._password}@{LOOPBACK}:{self._port}/{NAME}"

    def start(self) -> Child:
        """Make an empty server and start it; it does not answer yet.

        Raises:
            CannotStart: it is not installed, or its folder could not be made.
        """
        data = self._prepare()
        options = [word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}")]
        server = [postgresql_program("postgres"), "-D", str(data), "-p", str(self._port), *options]
        return Child(Program("PostgreSQL", as_owner(server), _environment(), self._log))

    def await_answer(self, child: Child) -> None:
        """Wait until it answers, and make the database.

        Raises:
            CannotStart: it does not answer in time.
            ComponentDied: it has ended.
        """
        for _ in wait_until_up([child], START_SECONDS):
            if self._asked("pg_isready").returncode == 0:
                break
        made = self._asked("createdb", NAME)
        if made.returncode != 0:
            raise CannotStart(
                f"PostgreSQL at port {self._port} has not made a database: {made.stderr.strip()}. "
                f"Its log is {self._log}."
            )

    def size(self) -> int:
        """Bytes of the database."""
        asked = self._asked("psql", "-At", "-c", f"SELECT pg_database_size('{NAME}')", NAME)
        return int(asked.stdout)

    def remove(self) -> None:
        """Remove its folder; it runs no more."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _prepare(self) -> Path:
        # Not below Airflow's home, which only we may enter: the server may have to be another.
        self._folder = Path(tempfile.mkdtemp(prefix="eks-upgrade-postgresql-"))
        password, data = self._folder / "password", self._folder / "data"
        write_secret_file(password, self._password)
        if (who := owner()) is not None:
            for path in (self._folder, password):
                os.chown(path, who.pw_uid, who.pw_gid)
        initdb = [postgresql_program("initdb"), "-D", str(data), "-U", NAME, "--no-sync"]
        initdb += ["--auth=scram-sha-256", f"--pwfile={password}", "-E", "UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            as_owner(initdb),
            cwd=self._folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        password.unlink()
        if done.returncode != 0:
            raise CannotStart(f"PostgreSQL's initdb failed: {(done.stdout + done.stderr)[-1500:]}")
        return data

    def _asked(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's clients as the database's user."""
        where = ["-h", LOOPBACK, "-p", str(self._port), "-U", NAME]
        return subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            [postgresql_program(name), *where, *words],
            env={**_environment(), "PGPASSWORD": self._password},
            capture_output=True,
            text=True,
            check=False,
        )


def _environment() -> dict[str, str]:
    """Nothing of PostgreSQL that the caller may have configured for himself is to leak in."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}

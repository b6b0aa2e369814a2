"""What `make up` keeps until `make clean`: its port, its secrets, and the runs in the database."""

import json
import sqlite3
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from include.local_airflow.ports import LOOPBACK, free_ports, is_free, port_or_free
from include.local_airflow.secret_files import make_secrets, write_secret_file
from include.local_airflow.settings import Secrets

USUAL_PORT = 8080

_END = (
    "UPDATE task_instance SET state = 'failed', trigger_id = NULL WHERE state NOT IN "
    "('success', 'failed', 'skipped', 'upstream_failed', 'removed')",
    "UPDATE dag_run SET state = 'failed', end_date = CURRENT_TIMESTAMP "
    "WHERE state NOT IN ('success', 'failed')",
    'DELETE FROM "trigger"',
)
"""Ends what has not ended; a task that was not begun has no state and stays so."""


def choose_port(wanted: int | None, home: Path, usual: int = USUAL_PORT) -> int:
    """The port that somebody asked for; else the usual one, the one it had, or any free one.

    Args:
        wanted: asked for by a person; None: by nobody.
        home: of the installation; the port is written down there for the next time.
        usual: the one that is taken when it is free.

    Raises:
        CannotStart: the wanted port is taken.
    """
    if wanted is not None:
        return port_or_free(wanted, "Airflow's UI and API")
    file = home / "port"
    had = [int(file.read_text())] if file.exists() else []
    found = next((port for port in (usual, *had) if is_free(port)), None) or free_ports(1)[0]
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(str(found))
    return found


def about_port(port: int, usual: int = USUAL_PORT) -> str:
    """What a person is to know of the port; empty when it is the usual one."""
    if port == usual:
        return ""
    return (
        f"Port {usual} on {LOOPBACK} is taken by another program, so the UI is at port {port}; it "
        "has this port again next time, as long as the other is taken."
    )


def kept_secrets(home: Path) -> Secrets:
    """The secrets of the installation, made at the first time.

    With others, what was stored with them could not be read, and the password would change.
    """
    file = home / "secrets.json"
    if not file.exists():
        write_secret_file(file, json.dumps(asdict(make_secrets())))
    return Secrets(**json.loads(file.read_text()))


def fits(home: Path) -> bool:
    """Whether the database was made by the Airflow that is installed; notes it at the first time.

    A release of Airflow has its own tables.
    """
    file, now = home / "airflow-version", version("apache-airflow-core")
    if not (home / "airflow.db").exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(now)
    return file.exists() and file.read_text() == now


def end_unfinished(database: Path) -> None:
    """End, as failed, what ran when the installation was stopped; nothing of Airflow runs now.

    The rehearsal begins anew each time: going on, these runs would meet another cluster.
    """
    if not database.exists():
        return
    connection = sqlite3.connect(database)
    try:
        with connection:
            for statement in _END:
                connection.execute(statement)
    finally:
        connection.close()

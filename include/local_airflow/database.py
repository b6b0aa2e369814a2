"""A migrated SQLite database, made once per Airflow version and then copied.

`airflow db migrate` takes about ten seconds; a copy takes none.
"""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from include.local_airflow.problems import CannotStart
from include.local_airflow.settings import CONNECTION


def template(cache: Path) -> Path:
    """Where the migrated file of the installed Airflow lies."""
    return cache / f"airflow-{version('apache-airflow-core')}.db"


def migrate(environment: Mapping[str, str]) -> None:
    """Run `airflow db migrate` on the database that the environment names.

    Raises:
        CannotStart: it failed; the end of its output follows.
    """
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        output = (done.stdout + done.stderr)[-1500:]
        raise CannotStart(f"`airflow db migrate` failed. The end of its output:\n{output}")


def provide(target: Path, cache: Path, environment: Mapping[str, str]) -> None:
    """Put a migrated database at `target`, unless there is one.

    Args:
        target: the SQLite file of an installation.
        cache: folder of the migrated templates.
        environment: that of the components.
    """
    if target.exists():
        return
    ready = template(cache)
    if not ready.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _make(ready, environment)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ready, target)


def _make(ready: Path, environment: Mapping[str, str]) -> None:
    """Migrate an empty file and put it there; who comes second waits for the first."""
    with ready.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if ready.exists():
            return
        # Under another name until it is whole: somebody may be stopped half-way.
        draft = ready.with_name(f".draft-{ready.name}")
        draft.unlink(missing_ok=True)
        migrate({**environment, CONNECTION: f"sqlite:///{draft}"})
        draft.replace(ready)

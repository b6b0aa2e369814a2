"""Every setting that the local Airflow runs with, each with its reason.

The demo, `make up` and the tests that start real Airflow all use `environment`, so what
holds in one holds in the others. What holds in production, too, comes from `common_settings`;
docker-compose.yaml repeats further ones, marked (also compose).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from include.local_airflow.common_settings import EVERYWHERE
from include.local_airflow.ports import LOOPBACK

CONNECTION = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


@dataclass(frozen=True)
class Secrets:
    """What the components share among themselves; made anew for every installation."""

    password: str
    jwt_secret: str
    api_secret: str
    fernet_key: str


@dataclass(frozen=True)
class Places:
    """Folders and files of one installation.

    Attributes:
        repo: the project; its root and its `plugins` folder become importable.
        home: AIRFLOW_HOME.
        dags: the DAG folder.
        plugins: the plugins folder.
    """

    repo: Path
    home: Path
    dags: Path
    plugins: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.home / "airflow.db"

    @property
    def passwords(self) -> Path:
        """What SimpleAuthManager reads its users' passwords from."""
        return self.home / "passwords.json"

    @property
    def logs(self) -> Path:
        """Logs of the components; those of tasks lie in `tasks` below it."""
        return self.home / "logs"


@dataclass(frozen=True)
class Ports:
    """Ports on 127.0.0.1. Nothing listens on the log ports: see `environment`."""

    api: int
    worker_logs: int
    trigger_logs: int


def environment(
    places: Places, ports: Ports, secrets: Secrets, *, demo: bool = False
) -> dict[str, str]:
    """The environment of every component.

    Args:
        places: where things lie.
        ports: what is listened on.
        secrets: what the components share.
        demo: react quickly and start DAGs unpaused: for the demo, `make up` and tests.

    Returns:
        Variables to be laid over the caller's own environment.
    """
    url = f"http://{LOOPBACK}:{ports.api}"
    made = {
        **EVERYWHERE,
        "AIRFLOW_HOME": str(places.home),
        # `include` is on nobody's path by itself, and the triggerer knows no DAG bundle:
        # what DAGs, operators and triggers import must be on the path everywhere (also compose).
        "PYTHONPATH": f"{places.repo}:{places.plugins}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(places.dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(places.plugins),
        # The embedded engine's; another lays its own over them (engine/).
        CONNECTION: f"sqlite:///{places.database}",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(ports.api),
        "AIRFLOW__API__WORKERS": "1",
        # Without these each component makes up its own, and the task API answers 403 (also
        # compose).
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.jwt_secret,
        "AIRFLOW__API__SECRET_KEY": secrets.api_secret,
        "AIRFLOW__CORE__FERNET_KEY": secrets.fernet_key,
        # Real logins, so that the UI records who approved what.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(places.passwords),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(places.logs / "tasks"),
        "AIRFLOW__DAG_PROCESSOR__CHILD_PROCESS_LOG_DIRECTORY": str(places.logs / "dag_processor"),
        # Airflow's log servers listen on all addresses, so they are not started here; the
        # api-server reads the files. It also asks these ports about running tasks: they must
        # not be those of another installation on this machine.
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_logs),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports.trigger_logs),
        # Log files are read by people with other tools, too.
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
        # Containers often forbid Python to keep what it has compiled. Each task is a process of its
        # own, and would compile this project anew: half a second of the processor each time.
        "PYTHONDONTWRITEBYTECODE": "",
    }
    return made | (quick() if demo else {})


def quick() -> dict[str, str]:
    """What makes Airflow react at once; costs a tenth of a core while idle. Not for production."""
    return {
        # Between scheduler loops; the default of 1 s is added to every task of a chain.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # A person who starts the demo wants the DAG to run. Compose keeps the default: paused.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # The triggerer looks for new triggers between heartbeats of this many seconds.
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    }


def passwords_file(secrets: Secrets) -> str:
    """The text of SimpleAuthManager's passwords file."""
    return json.dumps({"admin": secrets.password})


_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "triggerer-2": ("triggerer", "--skip-serve-logs"),
    "worker-1": ("celery", "worker", "--skip-serve-logs", "--celery-hostname", "worker-1"),
    "worker-2": ("celery", "worker", "--skip-serve-logs", "--celery-hostname", "worker-2"),
}


def command(python: str, component: str) -> list[str]:
    """The command line of a component; raises KeyError for one there is not."""
    return [python, "-m", "airflow", *_ARGUMENTS[component]]


COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
DISTRIBUTED_COMPONENTS = (*COMPONENTS, "triggerer-2", "worker-1", "worker-2")

SQLITE_SECONDS = 60
"""How long all but the api-server wait for SQLite's one writer."""


def of_component(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of one component.

    SQLite has one writer at a time. The others wait for it, by default for 5 s, and a scheduler or
    triggerer that waited in vain ends. The api-server alone keeps these 5 s: it writes its audit
    log in its event loop, which a request that has begun to write needs in order to end. The two
    wait for each other until one of them gives up, and everybody waits for them.
    """
    if name == "api-server" or not environment[CONNECTION].startswith("sqlite:"):
        return dict(environment)
    patient = f"{environment[CONNECTION]}?timeout={SQLITE_SECONDS}"
    return {**environment, CONNECTION: patient}

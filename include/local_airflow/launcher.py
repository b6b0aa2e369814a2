"""Starts and stops real Airflow: api-server, scheduler, DAG processor, triggerer, workers.

Not `airflow standalone`, which leaves orphans when it is stopped by TERM. Everything binds
to 127.0.0.1 and needs a random password. What it runs on is the engine's matter (`engine/`): SQLite
with the LocalExecutor, or PostgreSQL and Redis with Celery workers.

    with LocalAirflow(home, dags=folder) as airflow:
        airflow.api("POST", "/api/v2/dags/mine/dagRuns", {"logical_date": None})
"""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from include.local_airflow import settings
from include.local_airflow.api import AirflowApi, ApiProblem
from include.local_airflow.engine.embedded import EMBEDDED
from include.local_airflow.engine.model import Engine
from include.local_airflow.ports import free_ports, port_or_free
from include.local_airflow.problems import CannotStart
from include.local_airflow.processes.child import Child, Program, stop_all, wait_until_up
from include.local_airflow.processes.record import Record
from include.local_airflow.secret_files import make_secrets, write_secret_file

REPO = Path(__file__).resolve().parents[2]
START_SECONDS = 300.0
PARSE_SECONDS = 180.0


@dataclass(kw_only=True)
class Options:
    """How an installation is run.

    Attributes:
        plugins: the plugins folder.
        port: of UI and API; None chooses a free one.
        extra_env: more variables for all components, such as AWS_ENDPOINT_URL.
        cache: where the migrated database is kept between installations.
        detached: whether the components stay when this process ends.
        secrets: those that the installation had; None makes new ones.
        engine: what it runs on.
    """

    plugins: Path = REPO / "plugins"
    port: int | None = None
    extra_env: Mapping[str, str] = field(default_factory=dict)
    cache: Path = REPO / ".local" / "cache"
    detached: bool = False
    secrets: settings.Secrets | None = None
    engine: Engine = EMBEDDED


class LocalAirflow:
    """One installation of Airflow, from `start` to `stop` (or as a context manager).

    Args:
        home: AIRFLOW_HOME; made when missing.
        dags: the DAG folder.
        options: see `Options`; keyword arguments of that name may be given instead.
    """

    def __init__(self, home: Path, dags: Path, **options: Any) -> None:
        self.options = Options(**options)
        self.places = settings.Places(REPO, home, dags, self.options.plugins)
        self.services = self.options.engine.services(self.places, self.options.cache)
        self.children: list[Child] = []
        self._secrets = self.options.secrets or make_secrets()
        self._api: AirflowApi | None = None
        self.url = ""
        self.variables: dict[str, str] = {}
        """What the components have beside the caller's own environment, once they are started."""

    @property
    def password(self) -> str:
        """Of the user `admin`; also in `places.passwords`."""
        return self._secrets.password

    @property
    def records(self) -> list[Record]:
        """What is needed to stop the components from another process."""
        return [child.record for child in self.everything]

    @property
    def everything(self) -> list[Child]:
        """The components, and the servers below them."""
        return [*self.children, *self.services.children]

    def environment(self) -> dict[str, str]:
        """The environment of the components; chooses the ports anew at each call."""
        api = port_or_free(self.options.port, "Airflow's UI and API")
        ports = settings.Ports(api, *free_ports(2))
        # Nothing of an Airflow that the caller may have configured for himself is to leak in.
        own = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        made = settings.environment(self.places, ports, self._secrets, demo=True)
        return {**own, **made, **self.services.environment(), **self.options.extra_env}

    def start(self) -> Self:
        """Start all components at once and wait until all report to be healthy.

        Raises:
            CannotStart: the port is taken, or they are not healthy in time.
            ComponentDied: one has ended; the message holds its log's last lines.
        """
        try:
            environment = self.prepare()
            self.url = environment["AIRFLOW__API__BASE_URL"]
            self.variables = {
                name: value for name, value in environment.items() if os.environ.get(name) != value
            }
            write_secret_file(self.places.passwords, settings.passwords_file(self._secrets))
            for name in self.options.engine.components:
                self.children.append(self._child(name, environment))
            self._await_health()
        except BaseException:
            self.stop()
            raise
        return self

    def prepare(self) -> dict[str, str]:
        """Make the home and have the database ready; return `environment()`.

        `start` does it, too; done before, it fills the time in which others get ready. Servers
        that it starts are stopped by `stop`.
        """
        environment = self.environment()
        self.places.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.services.start(environment)
        return environment

    def stop(self) -> None:
        """Stop what was started; harmless when nothing runs."""
        if self._api is not None:
            self._api.close()
            self._api = None
        stop_all(self.children)
        self.children = []
        self.services.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def client(self) -> AirflowApi:
        """The REST client, logged in as admin at its first call."""
        if self._api is None:
            self._api = AirflowApi(self.url, self.password)
        return self._api

    def api(self, method: str, path: str, json: Any = None) -> Any:
        """One REST request as admin; see `AirflowApi.call`."""
        return self.client.call(method, path, json)

    def check(self) -> None:
        """Make sure that all processes run; raises ComponentDied."""
        for child in self.everything:
            child.check()

    def await_dag(self, dag_id: str) -> None:
        """Wait until a DAG is known.

        Raises:
            CannotStart: it is not there in time, or cannot be imported; then the message says why.
        """
        for _ in wait_until_up(self.everything, PARSE_SECONDS):
            if self._knows(dag_id):
                return
            if errors := self._import_errors():
                raise CannotStart(f"The DAG {dag_id!r} cannot be imported:\n{errors}")
        raise CannotStart(
            f"The DAG {dag_id!r} was not found in {self.places.dags} within "
            f"{PARSE_SECONDS:.0f} s. The DAG processor's log is in {self.places.logs}."
        )

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run of a DAG that is already known; returns the run's id."""
        body = {"logical_date": None, "conf": dict(conf or {})}
        return str(self.api("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def await_run(self, dag_id: str, run_id: str, seconds: float) -> dict[str, Any]:
        """Wait until a run has ended; return it as the API answers (key `state`).

        Raises:
            CannotStart: it has not ended in time.
        """
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"
        for _ in wait_until_up(self.everything, seconds):
            run: dict[str, Any] = self.api("GET", path)
            if run["state"] in ("success", "failed"):
                return run
        raise CannotStart(f"The run {run_id} of {dag_id} has not ended within {seconds:.0f} s.")

    def _child(self, name: str, environment: Mapping[str, str]) -> Child:
        program = Program(
            name=f"Airflow's {name}",
            command=settings.command(sys.executable, name),
            environment=settings.of_component(name, environment),
            log=self.places.logs / f"{name}.log",
        )
        return Child(program, detached=self.options.detached)

    def _await_health(self) -> None:
        began, warm = time.monotonic(), False
        health: dict[str, str] = {}
        for _ in wait_until_up(self.everything, START_SECONDS):
            health = self.client.health()
            if health and not warm:
                self.client.warm_up()
                warm = True
            if len(health) >= 4 and set(health.values()) == {"healthy"}:
                return
        states = ", ".join(f"{name} {state}" for name, state in health.items()) or "no answer"
        raise CannotStart(
            f"Airflow at {self.url} was not healthy after {time.monotonic() - began:.0f} s "
            f"({states}). The logs are in {self.places.logs}."
        )

    def _knows(self, dag_id: str) -> bool:
        try:
            self.api("GET", f"/api/v2/dags/{dag_id}")
        except ApiProblem as problem:
            if problem.status == 404:
                return False
            raise
        return True

    def _import_errors(self) -> str:
        errors = self.client.pages("/api/v2/importErrors", "import_errors")
        return "\n".join(f"{each['filename']}:\n{each['stack_trace']}" for each in errors)

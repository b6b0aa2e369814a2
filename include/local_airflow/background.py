"""`make up` and `make down`: Airflow and the rehearsal, left running in the background."""

import json
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from include.local_airflow import rehearsal_process
from include.local_airflow.api import AirflowApi
from include.local_airflow.demo.fleet import FLEET_DAG, start_fleet
from include.local_airflow.demo.run import DAG, airflow_environment
from include.local_airflow.demo.scenarios import RUNBOOK, SCENARIOS, Scenario
from include.local_airflow.kept import (
    about_port,
    choose_port,
    end_unfinished,
    fits,
    kept_secrets,
)
from include.local_airflow.launcher import REPO, LocalAirflow
from include.local_airflow.problems import CannotStart
from include.local_airflow.processes.child import stop_all
from include.local_airflow.processes.record import Record, find, stop_recorded
from include.local_airflow.secret_files import write_secret_file
from include.rehearsal.fleet.members import ACCOUNTS, CLOSED

HOME = REPO / ".local" / "airflow"
SHELL_FILE = HOME / "environment.sh"
STATE = REPO / ".local" / "running.json"
TRIGGER = "    .venv/bin/python -m include.local_airflow trigger"


@dataclass(frozen=True)
class Running:
    """What `down` and a second `up` need to know.

    Attributes:
        url: of Airflow's UI.
        password_file: holds admin's password.
        environment: variables to reach the rehearsal with.
        records: the processes.
        scenario: name of the scenario that was begun with.
    """

    url: str
    password_file: str
    environment: Mapping[str, str]
    records: tuple[Record, ...]
    scenario: str = RUNBOOK


def write_state(path: Path, running: Running) -> None:
    """Write it down, readable for the owner only."""
    write_secret_file(path, json.dumps(asdict(running), indent=2))


def read_state(path: Path) -> Running | None:
    """What was written down, or None."""
    if not path.exists():
        return None
    plain = json.loads(path.read_text())
    plain["records"] = tuple(Record(**each) for each in plain["records"])
    return Running(**plain)


def exports(variables: Mapping[str, str]) -> str:
    """Lines for a shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def lives(running: Running | None) -> bool:
    """Whether all its processes run."""
    return running is not None and all(find(record) for record in running.records)


def up(port: int | None, scenario: Scenario) -> list[str]:
    """Start both unless they run; return lines for the person.

    Raises:
        CannotStart: something on this machine stands in the way.
    """
    known = read_state(STATE)
    if known is not None and lives(known):
        return [*already_up(known, scenario), *how_to(known)]
    if known is not None:  # half of it died: begin anew
        stop_recorded(known.records)
    STATE.unlink(missing_ok=True)
    notes = make_ready(HOME)
    chosen = choose_port(port, HOME)
    running = start(chosen, scenario)
    notes += [about_port(chosen)] if port is None and about_port(chosen) else []
    up_now = "It is up; `make down` stops it. Runs, logs and reports stay until `make clean`."
    return [up_now, *notes, *how_to(running)]


def make_ready(home: Path) -> list[str]:
    """Let what an earlier `make up` left be gone on with; returns what a person is to know."""
    if not fits(home):
        shutil.rmtree(home)
        fits(home)
        return ["Another Airflow is installed than last time: it begins without the earlier runs."]
    end_unfinished(home / "airflow.db")
    return []


def already_up(known: Running, scenario: Scenario) -> list[str]:
    """What is said to somebody who wants to have up what is up."""
    if known.scenario == scenario.name:
        return ["It is already up."]
    return [
        f"It is already up, with the scenario {known.scenario}; for {scenario.name}: `make down`, "
        f"then `make up SCENARIO={scenario.name}`."
    ]


def start(port: int, scenario: Scenario) -> Running:
    """Start both in the background and write them down; nothing is left when that fails."""
    rehearsal = rehearsal_process.start(
        REPO, HOME / "rehearsal.log", scenario=scenario.name, detached=True
    )
    airflow: LocalAirflow | None = None
    try:
        secrets = kept_secrets(HOME)
        LocalAirflow(HOME, REPO / "dags", port=port, secrets=secrets).prepare()
        given = rehearsal_process.await_environment(rehearsal)
        extra = airflow_environment(given) | scenario.environment()
        airflow = LocalAirflow(
            HOME, REPO / "dags", port=port, extra_env=extra, detached=True, secrets=secrets
        )
        airflow.start()
        write_secret_file(SHELL_FILE, exports(airflow.variables))
        airflow.await_dag(FLEET_DAG if scenario.fleet_file else DAG)
        records = (rehearsal.record, *airflow.records)
        passwords = str(airflow.places.passwords)
        running = Running(airflow.url, passwords, dict(given), records, scenario.name)
        write_state(STATE, running)
    except BaseException:
        if airflow is not None:
            airflow.stop()
        stop_all([rehearsal])
        raise
    return running


def down() -> list[str]:
    """Stop what `up` started; return lines for the person."""
    known = read_state(STATE)
    if known is None:
        return ["Nothing is up."]
    stopped = stop_recorded(known.records)
    STATE.unlink()
    return [f"Stopped {record.name}." for record in stopped] or ["Nothing was running any more."]


def trigger() -> list[str]:
    """Begin the demo's run on what is up; return lines for the person.

    Raises:
        CannotStart: nothing is up, or Airflow refuses.
    """
    known = read_state(STATE)
    if known is None or not lives(known):
        raise CannotStart("Nothing is up; start it with: make up")
    password = json.loads(Path(known.password_file).read_text())["admin"]
    api = AirflowApi(known.url, password)
    try:
        scenario = SCENARIOS[known.scenario]
        if scenario.fleet_file:
            return [f"Begun: {known.url}/dags/{FLEET_DAG}/runs/{quote(start_fleet(api))}"]
        conf = scenario.parameters(known.environment["AWS_DEFAULT_REGION"])
        body = {"logical_date": None, "conf": conf}
        run = api.call("POST", f"/api/v2/dags/{DAG}/dagRuns", body)
    finally:
        api.close()
    return [f"Triggered: {known.url}/dags/{DAG}/runs/{run['dag_run_id']}"]


def how_to(running: Running) -> list[str]:
    """Where the UI is, how to log in, how to trigger, how to look with aws and kubectl."""
    scenario = SCENARIOS[running.scenario]
    exports = [f"    export {name}='{value}'" for name, value in running.environment.items()]
    return [
        f"UI:       {running.url} (user admin, password in {running.password_file})",
        *(_begin_fleet(scenario.fleet_file) if scenario.fleet_file else _begin(scenario.cluster)),
        "For aws and kubectl (both are in .venv/bin):",
        *exports,
    ]


def _begin(cluster: str) -> list[str]:
    return [
        f"Trigger:  DAG {DAG} in the UI for cluster '{cluster}', or with the demo's parameters:",
        TRIGGER,
    ]


def _begin_fleet(file: Path) -> list[str]:
    return [
        f"Begin:    unpause the DAG {FLEET_DAG} in the UI; its window is open: a run begins. Or:",
        TRIGGER,
        f"Its file: {file}",
        "It stops at ring 'early', where a cluster breaks; what to do then: docs/fleet.md, Try it",
        "Commands: of docs/fleet.md, in a shell that has read this Airflow's settings:",
        f"    . {shlex.quote(str(SHELL_FILE.relative_to(REPO)))}",
        "    .venv/bin/python -m eks_upgrade_airflow.fleet status",
        f"    .venv/bin/python -m include.eks_upgrade.fleet plan {_profiles()}",
    ]


def _profiles() -> str:
    return " ".join(f"--profile {account}={account}" for account in ACCOUNTS | CLOSED)

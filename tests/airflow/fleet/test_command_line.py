"""The fleet's command line as a person runs it: a process beside Airflow's own database."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from include.eks_upgrade.notices.overdue import DEFAULT_MINUTES
from include.local_airflow.database import provide
from include.local_airflow.settings import CONNECTION

PROJECT = Path(__file__).resolve().parents[3]

TYPED = """\
import json, runpy, sys
for line in json.loads(sys.argv[1]):
    own = line[:1] != ["airflow"]
    module = "eks_upgrade_airflow.fleet" if own else line.pop(0)
    sys.argv = [module, *line]
    print("$", flush=True)
    print("$", file=sys.stderr, flush=True)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        print("exit", 0, flush=True)
    except SystemExit as ended:
        print("exit", ended.code, flush=True)
"""
"""Runs the module as `python -m` does, several times: importing Airflow takes seconds."""


@dataclass(frozen=True)
class Said:
    """What one command has said, and its exit code."""

    out: str
    err: str
    code: int


@dataclass(frozen=True)
class Airflow:
    """A machine with Airflow's configuration, on which nothing of Airflow runs."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        return kept | {
            "AIRFLOW_HOME": str(self.home),
            CONNECTION: f"sqlite:///{self.database}",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__FERNET_KEY": "",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.home / "dags"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
            "PYTHONPATH": f"{PROJECT}:{PROJECT / 'plugins'}",
        }

    @property
    def database(self) -> Path:
        return self.home / "airflow.db"

    def types(self, *lines: Sequence[str]) -> list[Said]:
        """What each of these commands says."""
        done = subprocess.run(
            [sys.executable, "-c", TYPED, json.dumps(lines)],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        outs, errs = (text.split("$\n")[1:] for text in (done.stdout, done.stderr))
        return [
            Said(out.rpartition("exit ")[0], err, int(out.rpartition("exit ")[2]))
            for out, err in zip(outs, errs, strict=True)
        ]

    def query(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.database) as base:
            return base.execute(sql, values).fetchall()


DAG = """\
from airflow.sdk import DAG
from eks_upgrade_airflow.notices.overdue import UpgradeExpectedEnd, told_when_overdue
dag = DAG("eks_fleet", deadline=told_when_overdue(UpgradeExpectedEnd()))
"""
SHOP = "arn:aws:eks:eu-west-1:111122223333:cluster/shop"
COMMANDS: dict[str, list[str]] = {
    "of a new fleet": ["status"],
    "a pause": ["pause", "black friday"],
    "a skip": ["skip", "shop", "audit", "--until", "2099-12-24"],
    "another skip": ["skip", "payments/*", "moving out"],
    "while it is paused": ["status"],
    "its end": ["resume", "it is over"],
    "a skip taken back": ["unskip", "shop"],
    "afterwards": ["status"],
    "of another fleet": ["--dag-id", "night", "pause", "audit"],
    "a skip that is none": ["unskip", "shop"],
    "no reason": ["pause", ""],
    "no such command": ["nonsense"],
    "nothing": [],
    "without the DAG": ["retry-failed"],
    "read": ["airflow", "dags", "reserialize"],
    "with it": ["retry-failed", "--outside-windows", "agreed with the team"],
}
"""An evening, in its order; all in one process, for each takes seconds to import Airflow."""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    home = tmp_path_factory.mktemp("airflow")
    # The real DAG takes ten seconds to read; its name is enough here.
    (home / "dags").mkdir()
    (home / "dags" / "eks_fleet.py").write_text(DAG)
    made = Airflow(home)
    provide(made.database, PROJECT / ".local" / "cache", made.environment)
    made.query(
        "insert into variable (key, val, is_encrypted) values ('eks_fleet.failed', ?, 0)",
        json.dumps({"run_id": "manual__1", "clusters": [SHOP]}),
    )
    return made


@pytest.fixture(scope="module")
def said(airflow: Airflow) -> dict[str, Said]:
    return dict(zip(COMMANDS, airflow.types(*COMMANDS.values()), strict=True))


def test_what_a_person_says_holds_and_is_told_again(said: dict[str, Said]) -> None:
    assert "the fleet goes on in its windows" in said["of a new fleet"].out
    assert "the fleet is paused by" in said["while it is paused"].out
    assert "shop: skipped by" in said["while it is paused"].out
    assert "until 2099-12-24: audit" in said["while it is paused"].out
    assert "the fleet goes on in its windows\npayments/*: skipped by" in said["afterwards"].out
    assert f"not upgraded and healthy in manual__1: {SHOP}" in said["afterwards"].out


def test_it_is_kept_in_airflows_variables_of_that_fleet(
    said: dict[str, Said], airflow: Airflow
) -> None:
    assert said["of another fleet"].code == 0
    rows = airflow.query("select key, val, description from variable")
    kept = {str(key): str(text) for key, text, _ in rows}
    assert [one["cluster"] for one in json.loads(kept["eks_fleet.skipped"])] == ["payments/*"]
    assert json.loads(kept["night.paused"])["why"] == "audit"
    assert kept["eks_fleet.paused"] == ""
    assert all("docs/fleet.md" in str(about) for key, _, about in rows if "failed" not in str(key))


@pytest.mark.parametrize("command", ["a skip that is none", "no reason", "without the DAG"])
def test_what_cannot_be_is_refused_with_a_remedy_on_standard_error(
    said: dict[str, Said], command: str
) -> None:
    assert (said[command].code, said[command].out) == (2, "")
    assert "Remedy" in said[command].err


@pytest.mark.parametrize("command", ["no such command", "nothing"])
def test_a_command_line_that_is_wrong_shows_how_it_is_used(
    said: dict[str, Said], command: str
) -> None:
    assert said[command].code == 2
    assert "usage: python -m eks_upgrade_airflow.fleet" in said[command].err


def test_what_failed_is_tried_again_by_a_run_that_airflow_then_has(
    said: dict[str, Said], airflow: Airflow
) -> None:
    assert said["with it"].code == 0
    assert f"is for {SHOP}" in said["with it"].out
    assert "airflow dags unpause eks_fleet" in said["with it"].out
    ((conf, user),) = airflow.query("select conf, triggering_user_name from dag_run")
    assert json.loads(str(conf)) == {
        "retry_failed": True,
        "outside_windows": "agreed with the team",
    }
    assert user


def test_airflow_knows_when_that_run_is_due_and_whom_to_call(
    said: dict[str, Said], airflow: Airflow
) -> None:
    assert said["with it"].code == 0
    ((due, after, data),) = airflow.query(
        "select deadline_time, run_after, callback.data from deadline"
        " join dag_run on dag_run.id = dagrun_id join callback on callback.id = callback_id"
    )
    waits = datetime.fromisoformat(str(due)) - datetime.fromisoformat(str(after))
    assert waits == timedelta(minutes=DEFAULT_MINUTES)
    assert "eks_upgrade_airflow.notices.overdue.tell_overdue" in str(data)


def test_a_database_that_does_not_answer_is_no_fleet_that_goes_on(tmp_path: Path) -> None:
    for one in Airflow(tmp_path).types(["status"], ["pause", "black friday"]):
        assert one.code == 2
        assert "Airflow's database: it gives no answer: (sqlite3.OperationalError)" in one.err or (
            "Airflow's database: it gives no answer: no such table" in one.err
        )
        assert "goes on" not in one.out

"""What `make up` keeps: the same port and password, and the runs of the last time."""

import socket
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.utils.state import DagRunState, State, TaskInstanceState

from include.local_airflow.background import make_ready
from include.local_airflow.kept import about_port, choose_port, end_unfinished, kept_secrets
from include.local_airflow.ports import LOOPBACK, free_ports
from include.local_airflow.problems import CannotStart

ROOT = Path(__file__).parents[2]


@pytest.fixture
def taken():
    """A port that another program has."""
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        yield other.getsockname()[1]


def test_the_usual_port_is_taken_when_it_is_free(tmp_path):
    (usual,) = free_ports(1)
    assert choose_port(None, tmp_path, usual) == usual
    assert about_port(usual, usual) == ""


def test_while_another_program_has_it_the_port_of_the_last_time_is_kept(tmp_path, taken):
    first = choose_port(None, tmp_path, taken)
    assert first != taken
    assert choose_port(None, tmp_path, taken) == first
    said = about_port(first, taken)
    assert f"Port {taken} on 127.0.0.1 is taken" in said
    assert f"at port {first}" in said


def test_a_port_that_somebody_asks_for_is_the_one_or_none(tmp_path, taken):
    (wanted,) = free_ports(1)
    assert choose_port(wanted, tmp_path) == wanted
    with pytest.raises(CannotStart, match=f"Port {taken}"):
        choose_port(taken, tmp_path)


def test_password_and_keys_stay_and_are_readable_for_the_owner_only(tmp_path):
    made = kept_secrets(tmp_path)
    assert kept_secrets(tmp_path) == made
    assert kept_secrets(tmp_path / "other") != made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def database(file):
    """The columns of Airflow's own tables that matter here, with one row in each state."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE dag_run (state, end_date)")
        connection.execute("CREATE TABLE task_instance (state, trigger_id)")
        connection.execute('CREATE TABLE "trigger" (id)')
        connection.execute('INSERT INTO "trigger" VALUES (7)')
        for state in DagRunState:
            connection.execute("INSERT INTO dag_run VALUES (?, NULL)", (str(state),))
        for each in (*map(str, TaskInstanceState), None):
            connection.execute("INSERT INTO task_instance VALUES (?, 7)", (each,))


def rows(file, query):
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute(query)]


def test_what_ran_when_it_was_stopped_has_failed_and_what_had_ended_stays(tmp_path):
    file = tmp_path / "airflow.db"
    database(file)
    end_unfinished(file)
    assert rows(file, "SELECT DISTINCT state FROM dag_run ORDER BY 1") == ["failed", "success"]
    left = set(rows(file, "SELECT state FROM task_instance"))
    assert left == {None, *map(str, State.finished)}
    assert rows(file, 'SELECT id FROM "trigger"') == []


def test_the_tables_are_called_as_airflow_calls_them():
    assert {"state", "end_date"} <= set(DagRun.__table__.columns.keys())
    assert {"state", "trigger_id"} <= set(TaskInstance.__table__.columns.keys())
    names = [model.__tablename__ for model in (DagRun, TaskInstance, Trigger)]
    assert names == ["dag_run", "task_instance", "trigger"]


def test_runs_are_kept_unless_another_airflow_made_their_database(tmp_path):
    home = tmp_path / "airflow"
    assert make_ready(home) == []
    database(home / "airflow.db")
    assert make_ready(home) == []
    assert (home / "airflow.db").exists()
    (home / "airflow-version").write_text("3.0.0")
    (said,) = make_ready(home)
    assert "without the earlier runs" in said
    assert not (home / "airflow.db").exists()
    assert make_ready(home) == []


def test_clean_removes_runs_and_reports_and_nothing_else_does():
    recipes = (ROOT / "Makefile").read_text().split("\n\n")
    removing = [recipe.split(":")[0] for recipe in recipes if "rm -rf" in recipe]
    assert removing == ["clean"]
    (clean,) = [recipe for recipe in recipes if recipe.startswith("clean:")]
    assert {".local", "reports"} <= set(clean.replace("\n", " ").split())

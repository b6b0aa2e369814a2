import stat
import subprocess
import sys
from dataclasses import replace

from include.local_airflow.background import (
    Running,
    already_up,
    exports,
    how_to,
    lives,
    read_state,
    write_state,
)
from include.local_airflow.demo.scenarios import FLEET_FILE, SCENARIOS
from include.local_airflow.processes.record import Record

RUNNING = Running(
    url="http://127.0.0.1:8080",
    password_file="/repo/.local/airflow/passwords.json",
    environment={
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5000",
        "AWS_DEFAULT_REGION": "eu-central-1",
    },
    records=(Record("the rehearsal", 999_999_999, "mark"),),
    scenario="messy",
)


def test_what_runs_is_written_down_for_the_owner_only(tmp_path):
    file = tmp_path / "running.json"

    write_state(file, RUNNING)

    assert read_state(file) == RUNNING
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_is_written_down_at_first(tmp_path):
    assert read_state(tmp_path / "running.json") is None
    assert not lives(None)


def test_it_does_not_live_when_a_process_is_gone():
    assert not lives(RUNNING)


def test_a_person_reads_url_password_file_trigger_and_environment():
    text = "\n".join(how_to(RUNNING))

    assert "http://127.0.0.1:8080" in text
    assert "/repo/.local/airflow/passwords.json" in text
    assert "include.local_airflow trigger" in text
    assert "for cluster 'messy'" in text
    assert "export AWS_ENDPOINT_URL='http://127.0.0.1:5000'" in text


def test_of_a_fleet_a_person_reads_how_it_begins_where_its_file_is_and_what_comes():
    text = "\n".join(how_to(replace(RUNNING, scenario="fleet")))

    assert "unpause the DAG eks_fleet" in text
    assert "include.local_airflow trigger" in text
    assert str(FLEET_FILE) in text
    assert "Try it" in text
    assert "eks_upgrade " not in text


def test_another_scenario_is_not_silently_the_one_that_is_up_already():
    (line,) = already_up(RUNNING, SCENARIOS["runbook"])

    assert "with the scenario messy" in line
    assert "make down" in line
    assert already_up(RUNNING, SCENARIOS["messy"]) == ["It is already up."]


def test_of_a_fleet_a_person_reads_how_to_give_its_commands():
    text = "\n".join(how_to(replace(RUNNING, scenario="fleet")))

    assert "    . .local/airflow/environment.sh\n" in text
    assert "-m eks_upgrade_airflow.fleet status" in text
    assert "-m include.eks_upgrade.fleet plan --profile payments=payments" in text


def test_a_shell_reads_each_variable_as_it_is(tmp_path):
    odd = {"A": '{"a": "it\'s $HOME"}', "B": "two\nlines", "C": ""}
    file = tmp_path / "environment.sh"
    file.write_text(exports(odd))
    script = (
        f". {file}; {sys.executable} -c \"import os; print([os.environ[n] for n in (*'ABC',)])\""
    )

    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == str(list(odd.values()))

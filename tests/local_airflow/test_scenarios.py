"""The scenarios of the demo: the rehearsal knows them, and the DAG takes their parameters."""

import json
from shlex import quote

import pytest

from include.eks_upgrade.planning.preflight.rules.options import option_problems
from include.eks_upgrade.request import UpgradeRequest
from include.local_airflow.demo.scenarios import FLEET, FLEET_FILE, RUNBOOK, SCENARIOS, Scenario
from include.local_airflow.rehearsal_process import exported
from include.rehearsal.__main__ import SCENARIOS as REHEARSED
from include.rehearsal.__main__ import SHOWS, main
from include.rehearsal.fleet.members import ACCOUNTS, CLOSED, connections, role_arn


def test_each_is_one_that_the_rehearsal_builds():
    assert {name: each.name for name, each in SCENARIOS.items()} == {n: n for n in SCENARIOS}
    assert set(SCENARIOS) < set(REHEARSED)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_its_parameters_do_not_contradict_each_other(scenario: Scenario):
    given = scenario.parameters("eu-west-1")

    assert given["cluster_name"] == scenario.cluster
    assert not option_problems(UpgradeRequest.from_params(given))


def test_airflow_is_given_the_file_of_a_fleet_and_none_for_one_cluster():
    assert SCENARIOS[FLEET].environment() == {"EKS_FLEET_FILE": str(FLEET_FILE)}
    assert not SCENARIOS[RUNBOOK].environment()


def test_the_fleets_connections_are_printed_with_its_environment():
    lines = "".join(f"export {name}={quote(value)}\n" for name, value in connections().items())

    found = exported(lines)

    assert set(found) == {f"AIRFLOW_CONN_AWS_{each.upper()}" for each in ACCOUNTS | CLOSED}
    assert json.loads(found["AIRFLOW_CONN_AWS_SEARCH"])["extra"]["role_arn"] == role_arn("search")


def test_each_scenario_of_the_rehearsal_is_listed_with_what_it_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(SHOWS) == list(REHEARSED)
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {name} " in f"\n{told}" for name in REHEARSED)
    assert max(map(len, told.splitlines())) <= 100

"""The scenarios of the demo: the rehearsal knows them, and the DAG takes their parameters."""

import pytest

from include.eks_upgrade.planning.preflight.options import option_problems
from include.eks_upgrade.request import UpgradeRequest
from include.local_airflow.demo.scenarios import SCENARIOS, Scenario
from include.rehearsal.__main__ import SCENARIOS as REHEARSED


def test_each_is_one_that_the_rehearsal_builds():
    assert {name: each.name for name, each in SCENARIOS.items()} == {n: n for n in SCENARIOS}
    assert set(SCENARIOS) < set(REHEARSED)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_its_parameters_do_not_contradict_each_other(scenario: Scenario):
    given = scenario.parameters("eu-west-1")

    assert given["cluster_name"] == scenario.cluster
    assert not option_problems(UpgradeRequest.from_params(given))

"""The fleet of twelve on PostgreSQL, Redis, two Celery workers and two triggerers.

What it does ring by ring is tested on the embedded engine (`make long-runs`). Here it is to come
to the same end.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from include.local_airflow.demo.fleet import LEFT_ALONE
from include.local_airflow.engine import DISTRIBUTED
from include.rehearsal.fleet.members import BEFORE, MEMBERS, TARGET
from tests.airflow.real.fleet_lab import FleetLab, Run, fleet_lab, title

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(3600)]


@dataclass
class Night:
    """The two runs: one that a broken cluster stops, one after a person has repaired it."""

    theirs: FleetLab
    stopped: Run
    finished: Run


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with fleet_lab(tmp_path_factory.mktemp("fleet"), DISTRIBUTED) as theirs:
        stopped = theirs.scheduled()
        theirs.repair()
        yield Night(theirs, stopped, theirs.run(resume=True, resume_reason="it is repaired"))


def test_the_fleet_stops_at_the_ring_that_breaks(night: Night) -> None:
    assert night.stopped.state == "failed"
    assert "stopped at ring 'early'" in night.stopped.verdict


def test_it_finishes_after_the_repair_and_leaves_alone_what_it_must(night: Night) -> None:
    assert night.finished.state == "success", night.finished.verdict
    versions = night.theirs.versions()
    for member in MEMBERS:
        expected = {BEFORE} if title(member) in LEFT_ALONE else {TARGET}
        assert versions[title(member)] == expected, title(member)


def test_each_upgrade_was_one_run_and_no_task_needed_a_second_try(night: Night) -> None:
    pages = night.theirs.lab.airflow.client.pages
    runs = pages("/api/v2/dags/eks_upgrade/dagRuns", "dag_runs")
    assert len(runs) == 12, sorted(str(each["dag_run_id"]) for each in runs)
    tasks = pages("/api/v2/dags/eks_upgrade/dagRuns/~/taskInstances", "task_instances")
    good = [each for each in tasks if each["state"] == "success"]
    again = [each["task_id"] for each in good if each["try_number"] > 1]
    assert again == []

"""Twelve clusters in three accounts under real Airflow: canary, stop, fix, resume, finish.

The tests share the three runs of the fleet: one that stops at its second ring, one that finds the
fleet stopped, and one that a person resumes after the cluster was put right.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from include.local_airflow.demo.fleet import LEFT_ALONE
from include.rehearsal.fleet.members import BEFORE, MEMBERS, PERSON, TARGET
from tests.airflow.real.fleet_lab import DAG, Story, fleet_lab, title
from tests.browser.person import CHROMIUM, person_at

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with fleet_lab(tmp_path_factory.mktemp("fleet")) as theirs:
        lab = theirs.lab
        versions, variables = [theirs.versions()], []
        stopped = theirs.scheduled()
        versions.append(theirs.versions())
        variables.append(theirs.variables())
        refused = theirs.run()
        theirs.repair()
        finished = theirs.run(resume=True, resume_reason="the ranker is repaired")
        versions.append(theirs.versions())
        variables.append(theirs.variables())
        children = lab.airflow.client.pages("/api/v2/dags/eks_upgrade/dagRuns", "dag_runs")
        events = lab.airflow.client.pages("/api/v2/assets/events", "asset_events")
        yield Story(lab, stopped, refused, finished, versions, variables, children, events)


def test_the_canary_goes_first_and_holds(story: Story) -> None:
    assert story.stopped.of("ring_canary.upgrade") == {
        "payments/eu-west-1/checkout": "success",
        "search/eu-west-1/catalog": "success",
    }
    assert story.stopped.states["ring_canary.judge", -1] == "success"


def test_the_pod_of_the_file_has_run_in_a_healthy_cluster_and_is_gone(story: Story) -> None:
    run = quote(story.stopped.run_id, safe="")
    logs = f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances/ring_canary.health/logs/1"
    text = str(story.lab.airflow.api("GET", f"{logs}?full_content=true&map_index=0"))
    assert "waiting for pod default/eks-upgrade-health-" in text
    assert "is healthy at 1.35" in text
    world = story.lab.rehearsal.world
    with story.lab.rehearsal.clock.lock:
        left = [
            pod["metadata"]["name"]
            for cluster in world.clusters.values()
            for pod in cluster.store.list("pods", "default")
            if pod["metadata"]["name"].startswith("eks-upgrade-health")
        ]
    assert left == []


def test_the_ring_that_breaks_stops_the_fleet_and_leaves_the_later_ones_alone(
    story: Story,
) -> None:
    assert story.stopped.state == "failed"
    assert story.stopped.of("ring_early.upgrade")["search/eu-central-1/ranking"] == "failed"
    assert story.stopped.states["ring_early.judge", -1] == "failed"
    assert story.stopped.states["ring_main.upgrade", -1] == "skipped"
    assert "stopped at ring 'early'" in story.stopped.verdict
    assert "ranking" in story.variables[0]["eks_fleet.stopped"]
    for member in (each for each in MEMBERS if each.ring in {"main", "late"}):
        assert story.versions[1][title(member)] == story.versions[0][title(member)]


def test_a_place_that_cannot_be_looked_at_is_told_and_stops_nothing(story: Story) -> None:
    assert story.stopped.of("discover")["closed/eu-west-1"] == "success"
    assert "closed" in story.stopped.report


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium")
def test_a_person_sees_which_ring_broke_and_what_to_do(story: Story, tmp_path: Path) -> None:
    airflow, run = story.lab.airflow, quote(story.stopped.run_id, safe="")
    with person_at(airflow.url) as person:
        person.goes_to(f"/dags/{DAG}/runs/{run}")
        person.logs_in(airflow.password)
        person.goes_to(f"/dags/{DAG}/runs/{run}")
        person.sees("ring_early.upgrade")
        person.sees("search/eu-central-1/ranking")
        person.keeps_picture("fleet-run", tmp_path)
        person.goes_to(f"/eks-upgrade/reports/{DAG}/{run}")
        person.sees("stopped at ring early")
        person.sees("What to do now")
        person.keeps_picture("fleet-report", tmp_path)
        person.looks_away()


def test_a_later_run_begins_nothing_until_a_person_resumes(story: Story) -> None:
    assert story.refused.state == "failed"
    assert story.refused.states["open_window", -1] == "failed"
    assert "stopped at ring 'early'" in story.refused.verdict


def test_after_the_fix_and_a_word_of_a_person_it_finishes(story: Story) -> None:
    assert story.finished.state == "success", story.finished.verdict
    assert "the ranker is repaired" in story.variables[1]["eks_fleet.stopped"]
    for member in MEMBERS:
        expected = {BEFORE} if title(member) in LEFT_ALONE else {TARGET}
        assert story.versions[2][title(member)] == expected, title(member)


def test_what_is_frozen_or_locked_is_left_alone_with_the_reason(story: Story) -> None:
    assert story.finished.of("ring_main.upgrade")["platform/eu-west-1/build"] == "skipped"
    assert PERSON in story.finished.report
    assert "the auditors look at it" in story.finished.report


def test_three_minors_behind_is_three_runs_one_after_the_other(story: Story) -> None:
    runs = sorted(each["dag_run_id"] for each in story.children if "archive" in each["dag_run_id"])
    assert len(runs) == 3
    for hop in ("1.32-to-1.33", "1.33-to-1.34", "1.34-to-1.35"):
        assert any(hop in run_id for run_id in runs)


def test_no_cluster_was_upgraded_twice(story: Story) -> None:
    ids = [each["dag_run_id"] for each in story.children]
    assert len(ids) == len(set(ids))
    # Two canaries, three early ones, the repaired one again, two of main, one and three of late.
    assert len(ids) == 12, sorted(ids)


def test_each_cluster_that_was_seen_healthy_is_an_event_that_others_follow(
    story: Story,
) -> None:
    said = Counter(each["extra"]["cluster"] for each in story.events)
    assert said["archive"] == 1
    assert not {"ledger", "build", "tools"} & set(said)
    ranking = next(each["extra"] for each in story.events if each["extra"]["cluster"] == "ranking")
    assert (ranking["account"], ranking["to_version"]) == ("222222222222", TARGET)

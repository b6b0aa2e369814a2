"""Twelve clusters in three accounts under real Airflow: canary, stop, fix, resume, finish.

The tests share the three runs of the fleet: one that stops at its second ring, one that finds the
fleet stopped, and one that a person resumes after the cluster was put right.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.local_airflow.demo.scenarios import FLEET
from include.rehearsal.fleet.build import fleet
from include.rehearsal.fleet.members import BEFORE, MEMBERS, PERSON, TARGET, Member, connections
from include.rehearsal.workloads import App, deployment
from tests.airflow.real.ended_lab import until
from tests.airflow.real.real_lab import RealLab, node_state, real_lab
from tests.browser.person import CHROMIUM, person_at

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(3600)]

DAG = "eks_fleet"
LEFT_ALONE = {"payments/eu-west-1/ledger": "frozen", "platform/eu-west-1/build": "locked"}
FILE = """\
accounts:
  - name: payments
    id: "111111111111"
    aws_conn_id: aws_payments
    regions: &both [eu-west-1, eu-central-1]
  - {name: search, id: "222222222222", aws_conn_id: aws_search, regions: *both}
  - {name: platform, id: "333333333333", aws_conn_id: aws_platform, regions: *both}
  - {name: closed, id: "444444444444", aws_conn_id: aws_closed, regions: [eu-west-1]}
target: {version: "1.35"}
rings:
  - {name: canary, clusters: {tags: {ring: canary}}, at_once: 2, bake_minutes: 0.1}
  - {name: early, clusters: {tags: {ring: early}}, at_once: 2, bake_minutes: 0.1}
  - {name: main, clusters: {tags: {ring: main}}, at_once: 2, bake_minutes: 0.1}
  - {name: late, at_once: 2, bake_minutes: 0.1}
windows: [{name: always, start: "0 0 * * *", duration_minutes: 10080, zone: UTC}]
freezes:
  - first: 2026-11-02
    last: 9999-12-31
    reason: the auditors look at it
    clusters: {accounts: [payments], names: [ledger]}
overrides:
  - parameters:
      ignore_daemonsets: true
      delete_emptydir_data: true
      force_unmanaged_pods: true
      may_unprotect: true
      poll_seconds: 1
      load_balancer_drain_seconds: 2
      drain_timeout_minutes: 2
      addon_minutes: 2
      control_plane_minutes: 2
      node_group_minutes: 2
      worse_minutes: 0.05
      deletion_stall_minutes: 0.5
      deletion_minutes: 2
"""


@dataclass
class Run:
    """One run of the fleet after its end."""

    run_id: str
    state: str
    states: Mapping[tuple[str, int], str]
    titles: Mapping[tuple[str, int], str]
    verdict: str
    report: str

    def of(self, task_id: str) -> dict[str, str]:
        """The states of a mapped task, by what its instances are about."""
        found = {task: state for task, state in self.states.items() if task[0] == task_id}
        return {self.titles[task]: state for task, state in found.items()}


@dataclass
class Story:
    """What happened, and what was left after each run."""

    lab: RealLab
    stopped: Run
    refused: Run
    finished: Run
    versions: list[dict[str, set[str]]] = field(default_factory=list)
    variables: list[dict[str, Any]] = field(default_factory=list)
    children: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class FleetLab:
    """The fleet's DAG and its clusters."""

    def __init__(self, lab: RealLab) -> None:
        self.lab = lab

    def scheduled(self) -> Run:
        """Unpause the DAG, and wait for the end of the run that its open window begins with."""
        airflow = self.lab.airflow
        airflow.api("PATCH", f"/api/v2/dags/{DAG}", {"is_paused": False})
        path = f"/api/v2/dags/{DAG}/dagRuns"
        until(lambda: bool(airflow.client.pages(path, "dag_runs")), 60)
        (run,) = airflow.client.pages(path, "dag_runs")
        return self.ended(str(run["dag_run_id"]))

    def run(self, **conf: Any) -> Run:
        """Start a run and wait for its end."""
        return self.ended(self.lab.airflow.trigger(DAG, {"poll_seconds": 1, **conf}))

    def ended(self, run_id: str) -> Run:
        """A run after its end."""
        airflow = self.lab.airflow
        self.lab.runs.append(run_id)
        state = str(airflow.await_run(DAG, run_id, 1500)["state"])
        path = f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id, safe='')}"
        found = airflow.client.pages(f"{path}/taskInstances", "task_instances")
        tasks = {(each["task_id"], each["map_index"]): each for each in found}
        return Run(
            run_id=run_id,
            state=state,
            states={task: str(each["state"]) for task, each in tasks.items()},
            titles={task: str(each["rendered_map_index"] or "") for task, each in tasks.items()},
            verdict=self.log(path, tasks["verdict", -1]),
            report=self.report(path),
        )

    def log(self, path: str, task: Mapping[str, Any]) -> str:
        """What the last try of a task has logged."""
        logs = f"{path}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        return str(self.lab.airflow.api("GET", f"{logs}?full_content=true"))

    def report(self, path: str) -> str:
        """The kept report, as Markdown."""
        told = self.lab.airflow.api(
            "GET", f"{path}/taskInstances/report/xcomEntries/return_value?deserialize=true"
        )["value"]
        return (
            Path(str(told["text"]).removeprefix("report: ")).with_suffix(".md").read_text("utf-8")
        )

    def versions(self) -> dict[str, set[str]]:
        """The minors of the nodes of each cluster."""
        world = self.lab.rehearsal.world
        with self.lab.rehearsal.clock.lock:
            return {
                title(each): {
                    node_state(node)[1].removeprefix("v").rpartition(".")[0]
                    for node in world.clusters[world.key(each.place, each.name)].store.list("nodes")
                }
                for each in MEMBERS
            }

    def variables(self) -> dict[str, Any]:
        """The fleet's Variables."""
        found = self.lab.airflow.client.pages("/api/v2/variables", "variables")
        return {each["key"]: each["value"] for each in found}

    def repair(self) -> None:
        """The workload of `ranking` learns to live with the new version."""
        world = self.lab.rehearsal.world
        (member,) = (each for each in MEMBERS if each.breaks)
        (made,) = deployment(App(member.name, "ranker", 2))
        with self.lab.rehearsal.clock.lock:
            store = world.clusters[world.key(member.place, member.name)].store
            (there,) = (
                each for each in store.list("deployments") if each["metadata"]["name"] == "ranker"
            )
            store.replace(
                "deployments",
                {**there, "spec": {**there["spec"], "template": made["spec"]["template"]}},
            )


def title(member: Member) -> str:
    return f"{member.account}/{member.region}/{member.name}"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("fleet") / "fleet.yaml"
    place.write_text(FILE)
    closed = '{"conn_type": "aws", "extra": {"role_arn": "arn:aws:iam::444444444444:role/gone"}}'
    given = {
        **connections(),
        "AIRFLOW_CONN_AWS_CLOSED": closed,
        ENVIRONMENT_VARIABLE: str(place),
    }
    with real_lab(tmp_path_factory.mktemp("airflow"), fleet, FLEET, given) as lab:
        lab.airflow.await_dag(DAG)
        theirs = FleetLab(lab)
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

"""A ring from its first task to its verdict, and the run's end, with the clusters' ends given."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.execution_time import comms
from eks_upgrade_airflow.fleet.base import WINDOW_TASK
from eks_upgrade_airflow.fleet.operators.approve import EksFleetApproveOperator
from eks_upgrade_airflow.fleet.operators.bake import EksFleetBakeOperator, last_end
from eks_upgrade_airflow.fleet.operators.window import EksFleetWindowOperator

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.judge_ring import Outcome
from include.eks_upgrade.fleet.plan import Action
from include.eks_upgrade.fleet.running.state import Pause, Stop, text_of
from tests.airflow.fleet.fleet_lab import FleetRun
from tests.airflow.fleet.ring_lab import (
    FILE,
    TASK_IDS,
    arn,
    begin,
    judge,
    made,
    plan,
    planned,
    upgraded,
    verdict,
)


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(FILE)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return path


@pytest.fixture
def run() -> FleetRun:
    return FleetRun(task_ids=list(TASK_IDS))


# --- a run that goes well -------------------------------------------------------------------------


def test_ring_after_ring_and_a_good_end(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [planned("b", "main"), planned("c", "main")])
    begun = begin(run, "canary")
    assert [one["title"] for one in begun.value] == ["payments/eu-west-1/a"]
    upgraded(run, "canary", Outcome.HEALTHY)
    assert judge(run, "canary").state == "done"
    assert len(begin(run, "main").value) == 2
    upgraded(run, "main", Outcome.HEALTHY, Outcome.HEALTHY)
    judge(run, "main")
    ended = verdict(run)
    assert ended.state == "done"
    assert "3 clusters upgraded and healthy" in ended.value
    assert json.loads(run.airflow.variables["eks_fleet.failed"])["clusters"] == []
    assert json.loads(run.airflow.variables["eks_fleet.unjudged"]) == {}


def test_a_ring_with_nothing_to_do_is_left_out_and_the_next_one_begins(run: FleetRun) -> None:
    plan(run, [planned("a", "canary", Action.DONE)], [planned("b", "main")])
    left = begin(run, "canary")
    assert left.state == "left"
    assert begin(run, "main").state == "done"


# --- a ring that breaks ---------------------------------------------------------------------------


def test_a_broken_ring_stops_the_fleet_and_keeps_stopping_it(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [planned("b", "main")])
    begin(run, "canary")
    upgraded(run, "canary", Outcome.UNHEALTHY)
    judged = judge(run, "canary")
    assert judged.state == "failed"
    assert "the fleet stops" in judged.value
    assert begin(run, "main").state == "left"
    ended = verdict(run)
    assert ended.state == "failed"
    assert "stopped at ring 'canary'" in ended.value
    assert json.loads(run.airflow.variables["eks_fleet.failed"])["clusters"] == [arn("a")]
    # A later run: it refuses, and does not even look for clusters.
    again = FleetRun(airflow=run.airflow)
    refused = again.execute(made(EksFleetWindowOperator, WINDOW_TASK))
    assert refused.state == "failed"
    assert "stopped at ring 'canary'" in refused.value


def test_judging_again_after_somebody_put_it_right_lifts_the_stop(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [planned("b", "main")])
    begin(run, "canary")
    upgraded(run, "canary", Outcome.UNHEALTHY)
    judge(run, "canary")
    upgraded(run, "canary", Outcome.HEALTHY)
    assert judge(run, "canary").state == "done"
    assert json.loads(run.airflow.variables["eks_fleet.stopped"])["resumed_because"]
    assert begin(run, "main").state == "done"


def test_a_stop_of_another_run_stays_when_a_ring_holds(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [])
    begin(run, "canary")
    run.airflow.variables["eks_fleet.stopped"] = text_of(Stop(why="x", ring="canary", run_id="y"))
    upgraded(run, "canary", Outcome.HEALTHY)
    judge(run, "canary")
    assert "resumed_at" in run.airflow.variables["eks_fleet.stopped"]
    assert begin(run, "main").state == "left"


def test_a_stop_is_written_before_the_task_ends(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [])
    begin(run, "canary")
    upgraded(run, "canary", Outcome.FAILED)
    written = []
    run.airflow.after = lambda msg: written.append(msg.key) if _puts(msg) else None
    judge(run, "canary")
    assert written[-1] == "eks_fleet.stopped"


def _puts(msg: Any) -> bool:
    return isinstance(msg, comms.PutVariable)


# --- a run that is ended --------------------------------------------------------------------------


def test_a_run_that_a_person_ends_before_a_ring_was_judged_is_red(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [planned("b", "main")])
    begin(run, "canary")
    ended = verdict(run)
    assert ended.state == "failed"
    assert "before ring 'canary' was judged" in ended.value


def test_what_an_ended_run_had_begun_is_looked_at_by_the_next_one(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [planned("b", "main")])
    begin(run, "canary")  # and then it is ended in its bake
    again = FleetRun(airflow=run.airflow, task_ids=run.task_ids)
    plan(again, [planned("a", "canary", Action.DONE)], [planned("b", "main")])
    (listed,) = begin(again, "canary").value
    assert listed["item"]["plan"]["hops"] == []
    upgraded(again, "canary", Outcome.UNHEALTHY)
    assert judge(again, "canary").state == "failed"


def test_a_run_without_a_plan_begins_no_ring_and_is_red(run: FleetRun) -> None:
    assert begin(run, "canary").state == "left"
    assert verdict(run).state == "failed"


# --- the first task -------------------------------------------------------------------------------


def test_outside_of_its_windows_nothing_is_begun_and_the_run_is_good(
    run: FleetRun, fleet_file: Path
) -> None:
    fleet_file.write_text(FILE.replace('"0 0 * * *", duration_minutes: 10080', _RARE))
    left = run.execute(made(EksFleetWindowOperator, WINDOW_TASK))
    assert left.state == "left"
    ended = verdict(run)
    assert ended.state == "done"
    assert "the next opening is" in ended.value


_RARE = '"0 0 29 2 *", duration_minutes: 15'


def test_a_person_may_let_it_run_all_the_same(run: FleetRun, fleet_file: Path) -> None:
    fleet_file.write_text(FILE.replace('"0 0 * * *", duration_minutes: 10080', _RARE))
    task = made(EksFleetWindowOperator, WINDOW_TASK, outside_windows="a security fix")
    told = run.execute(task)
    assert told.state == "done"
    assert "a security fix" in told.value["text"]


def test_a_paused_fleet_does_nothing_and_is_good(run: FleetRun) -> None:
    run.airflow.variables["eks_fleet.paused"] = text_of(Pause(why="black friday", by="Ada"))
    assert run.execute(made(EksFleetWindowOperator, WINDOW_TASK)).state == "left"
    assert "black friday" in verdict(run).value


def test_a_stopped_fleet_goes_on_when_a_person_resumes_it(run: FleetRun) -> None:
    run.airflow.variables["eks_fleet.stopped"] = text_of(Stop(why="broken", ring="canary"))
    run.user = "Ada"
    task = made(EksFleetWindowOperator, WINDOW_TASK, resumes=True, resume_reason="repaired")
    assert run.execute(task).state == "done"
    assert json.loads(run.airflow.variables["eks_fleet.stopped"])["resumed_by"] == "Ada"


def test_everything_that_is_wrong_is_named_at_once(run: FleetRun, fleet_file: Path) -> None:
    fleet_file.write_text("rings: []\n")
    run.airflow.paused = True
    run.conf = {"only_cluster": ["a"]}
    task = made(EksFleetWindowOperator, WINDOW_TASK, parameters=["only_clusters"], resumes=True)
    refused = run.execute(task)
    assert refused.state == "failed"
    for said in ("only_clusters", "resume_reason", "airflow dags unpause eks_upgrade", "rings"):
        assert said in refused.value


def test_an_upgrade_dag_that_is_missing_is_told(run: FleetRun) -> None:
    run.airflow.paused = None
    refused = run.execute(made(EksFleetWindowOperator, WINDOW_TASK))
    assert "Airflow does not know it" in refused.value


# --- a window that closes while a ring bakes ------------------------------------------------------


CLOSED = FILE.replace("0 0 * * *", f"0 0 1 {(datetime.now(UTC).month + 5) % 12 + 1} *")
"""Open for a week, half a year from now."""


def test_a_ring_that_finds_its_window_closed_is_left_and_nobody_reads_that_it_begins(
    run: FleetRun, fleet_file: Path
) -> None:
    plan(run, [planned("a", "canary")], [planned("b", "main")])
    fleet_file.write_text(CLOSED)
    assert begin(run, "canary").state == "left"
    assert "eks_fleet.unjudged" not in run.airflow.variables
    assert begin(run, "main").state == "left"
    ended = verdict(run)
    assert ended.state == "done"
    assert "none of its clusters may go now: payments/eu-west-1/a (its windows are" in ended.value


def test_a_ring_whose_window_is_closed_begins_when_a_person_says_so(
    run: FleetRun, fleet_file: Path
) -> None:
    plan(run, [planned("a", "canary")], [])
    fleet_file.write_text(CLOSED)
    assert begin(run, "canary", outside_windows="a CVE").state == "done"


def test_what_was_begun_is_followed_though_its_window_has_closed(
    run: FleetRun, fleet_file: Path
) -> None:
    plan(run, [planned("a", "canary")], [])
    assert begin(run, "canary").state == "done"
    fleet_file.write_text(CLOSED)
    assert begin(run, "canary").state == "done"


# --- approval and bake ----------------------------------------------------------------------------


def approve(run: FleetRun) -> Any:
    return made(EksFleetApproveOperator, "ring_canary.approve", ring="canary")


def test_a_person_is_asked_with_the_rings_plan(
    run: FleetRun,
    fleet_file: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fleet_file.write_text(FILE.replace("name: canary,", "name: canary, approval: true,"))
    plan(run, [planned("a", "canary")], [planned("b", "main")])
    begin(run, "canary")
    with caplog.at_level("INFO"):
        assert run.execute(approve(run)).state == "asks"
    said = caplog.text + capsys.readouterr().out
    assert "the answer is given in Airflow, under Required Actions" in said
    (question,) = run.airflow.asked
    assert "payments/eu-west-1/a" in question.body
    yes = {"chosen_options": ["Begin"], "responded_by_user": {"id": "7", "name": "Ada"}}
    told = run.execute(approve(run), -1, yes, "answered")
    assert "Ada lets ring 'canary' begin" in told.value["text"]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        pytest.param(
            {"chosen_options": ["Not now"], "responded_by_user": {"name": "Ada"}},
            "Ada answered 'Not now'",
            id="a no",
        ),
        pytest.param({"error": "late", "error_type": "timeout"}, "nobody has answered", id="late"),
    ],
)
def test_without_a_yes_neither_this_ring_nor_a_later_one_begins(
    run: FleetRun, event: Any, why: str
) -> None:
    plan(run, [planned("a", "canary")], [planned("b", "main")])
    begin(run, "canary")
    assert run.execute(approve(run), -1, event, "answered").state == "left"
    assert begin(run, "main").state == "left"
    ended = verdict(run)
    assert ended.state == "done"
    assert why in ended.value


def test_a_ring_bakes_from_the_end_of_its_last_upgrade(run: FleetRun) -> None:
    plan(run, [planned("a", "canary")], [])
    begin(run, "canary")
    upgraded(run, "canary", Outcome.HEALTHY)
    baked = run.execute(made(EksFleetBakeOperator, "ring_canary.bake", ring="canary"))
    assert baked.state == "done"  # long ago
    results = [{"outcome": "healthy", "ended": 7.0}, {"outcome": "left", "ended": 9.0}]
    assert last_end(results) == 7.0
    assert last_end([]) is None

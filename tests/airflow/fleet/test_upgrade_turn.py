"""The upgrade of one cluster of a ring: its turn, and what people and windows say meanwhile."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from airflow.sdk.execution_time import comms

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.running.state import (
    PAUSED,
    SKIPPED,
    STOPPED,
    Pause,
    Skip,
    Stop,
    text_of,
)
from tests.airflow.fleet.fleet_lab import FleetRun, refused
from tests.airflow.fleet.upgrade_lab import (
    FILE,
    UPGRADE,
    outcome,
    task,
)


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(FILE)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    return path


@pytest.fixture
def run() -> FleetRun:
    return FleetRun()


def test_a_cluster_whose_turn_has_not_come_waits_without_a_run(run: FleetRun) -> None:
    waiting = run.execute(task(place=1), 1)
    assert type(waiting.value.trigger).__name__ == "EksFleetTurnTrigger"
    assert run.airflow.started == []
    run.airflow.states[f"{UPGRADE}_0"] = "success"
    event = run.fired(waiting.value.trigger)
    begun = run.execute(task(place=1), 1, event, waiting.value.method_name)
    assert type(begun.value.trigger).__name__ == "EksFleetChildTrigger"
    assert len(run.airflow.started) == 1


STATES = [
    pytest.param(STOPPED, text_of(Stop(why="ring broken")), "left", "is stopped", id="stopped"),
    pytest.param(
        SKIPPED,
        text_of([Skip(cluster="shop-*", why="audit", by="Ada")]),
        "not tried",
        "skipped by Ada: audit",
        id="skipped",
    ),
]


@pytest.mark.parametrize(("key", "text", "is_", "why"), STATES)
def test_what_a_person_says_meanwhile_holds_before_each_start(
    run: FleetRun, key: str, text: str, is_: str, why: str
) -> None:
    run.airflow.variables[f"eks_fleet.{key}"] = text
    ended = run.execute(task(), 0)
    assert ended.state == "skipped"
    assert why in ended.value
    assert outcome(run) == is_
    assert run.airflow.started == []


def test_a_skipped_task_says_in_its_log_why_for_airflow_says_only_that_it_is(
    run: FleetRun, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    run.airflow.variables[f"eks_fleet.{STOPPED}"] = text_of(Stop(why="ring broken"))
    with caplog.at_level("INFO"):
        run.execute(task(), 0)
    said = caplog.text + capsys.readouterr().out
    assert "payments/eu-west-1/shop-0 is left alone: the fleet is stopped: ring broken" in said


def test_a_paused_fleet_waits_and_goes_on_when_it_is_resumed(run: FleetRun) -> None:
    run.airflow.variables[f"eks_fleet.{PAUSED}"] = text_of(Pause(why="lunch", by="Ada"))
    waiting = run.execute(task(), 0)
    assert type(waiting.value.trigger).__name__ == "EksFleetTurnTrigger"
    run.airflow.variables[f"eks_fleet.{PAUSED}"] = ""
    event = run.fired(waiting.value.trigger)
    assert run.execute(task(), 0, event, "resume").state == "deferred"
    assert len(run.airflow.started) == 1


def test_a_state_that_airflow_does_not_tell_is_not_taken_for_none(run: FleetRun) -> None:
    run.airflow.broken[comms.GetVariable] = [refused(503)]
    with pytest.raises(Exception, match="does not tell"):
        run.execute(task(), 0)
    assert run.airflow.started == []


def test_a_ring_past_its_threshold_begins_nothing_more(run: FleetRun) -> None:
    for place in (0, 1):
        run.airflow.states[f"{UPGRADE}_{place}"] = "failed"  # ended by a person: without a result
    ended = run.execute(task(place=2), 2)
    assert ended.state == "skipped"
    assert "past its threshold: 2 unhealthy" in ended.value


def test_a_freeze_that_begins_meanwhile_holds(run: FleetRun, fleet_file: Path) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    freeze = f"freezes: [{{first: '{today}', last: '{today}', reason: a big sale}}]\n"
    fleet_file.write_text(FILE + freeze)
    for reason in ("", "a person says so"):
        ended = run.execute(task(outside_windows=reason), 0)
        assert ended.state == "skipped"
        assert "a big sale" in ended.value


def test_a_cluster_without_hops_is_only_looked_at_after_the_bake(run: FleetRun) -> None:
    assert run.execute(task(hops=()), 0).state == "done"
    assert outcome(run) == "healthy"

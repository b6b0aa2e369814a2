"""The fleet's small command line: pause, resume, skip, unskip, retry, status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from eks_upgrade_airflow.fleet.__main__ import REFUSED, main

from include.eks_upgrade.fleet.running.state import Failures, Stop, read_state, text_of


@dataclass
class Variables:
    """Airflow, as far as the commands know it."""

    texts: dict[str, str] = field(default_factory=dict)
    triggered: list[Mapping[str, Any]] = field(default_factory=list)
    dags: dict[str, bool] = field(default_factory=lambda: {"eks_fleet": False})

    def read(self, name: str) -> str | None:
        return self.texts.get(name)

    def write(self, name: str, text: str, about: str) -> None:
        assert "docs/fleet.md" in about
        self.texts[name] = text

    def trigger(self, dag_id: str, conf: Mapping[str, Any], who: str) -> str:
        assert dag_id == "eks_fleet"
        assert who
        self.triggered.append(conf)
        return "manual__2"

    def dag_is_paused(self, dag_id: str) -> bool | None:
        return self.dags.get(dag_id)


@pytest.fixture
def airflow() -> Variables:
    return Variables()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    told = capsys.readouterr()
    return told.out + told.err


def test_a_fleet_of_which_nobody_has_said_anything_goes_on(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status"], airflow) == 0
    assert "goes on in its windows" in said(capsys)


def test_a_pause_holds_until_somebody_resumes(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["pause", "black friday"], airflow)
    assert main(["status"], airflow) == 0
    assert "paused by" in said(capsys)
    main(["resume", "it is over"], airflow)
    main(["status"], airflow)
    assert "goes on in its windows" in said(capsys)


def test_a_stop_is_lifted_with_a_name_and_a_reason(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.texts["eks_fleet.stopped"] = text_of(Stop(why="2 unhealthy", ring="canary"))
    main(["resume", "the add-on is repaired"], airflow)
    kept = json.loads(airflow.texts["eks_fleet.stopped"])
    assert kept["why"] == "2 unhealthy"
    assert kept["resumed_because"] == "the add-on is repaired"
    assert kept["resumed_by"]
    main(["status"], airflow)
    assert "was lifted by" in said(capsys)


def test_to_resume_what_goes_on_says_so_and_changes_nothing(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["resume", "why not"], airflow) == 0
    assert "neither stopped nor paused" in said(capsys)
    assert airflow.texts == {}


def test_a_cluster_is_skipped_once_and_again_with_another_reason(airflow: Variables) -> None:
    main(["skip", "shop", "audit", "--until", "2026-12-24"], airflow)
    main(["skip", "shop", "a longer audit"], airflow)
    main(["skip", "payments/*", "moving out"], airflow)
    skips = read_state({"skipped": airflow.texts["eks_fleet.skipped"]}).skips
    assert [(one.cluster, one.why, one.until) for one in skips] == [
        ("shop", "a longer audit", ""),
        ("payments/*", "moving out", ""),
    ]
    assert main(["unskip", "shop"], airflow) == 0
    assert len(read_state({"skipped": airflow.texts["eks_fleet.skipped"]}).skips) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["unskip", "shop"], id="a cluster that is not skipped"),
        pytest.param(["skip", "shop", "audit", "--until", "tomorrow"], id="a date that is none"),
        pytest.param(["skip", "shop", "audit", "--until", "2026-01-01"], id="a date that is over"),
        pytest.param(["skip", "prod-.*", "audit"], id="a regular expression"),
        pytest.param(["skip", "shop", " "], id="a skip without a reason"),
        pytest.param(["skip", "", "audit"], id="a skip of nothing"),
        pytest.param(["pause", ""], id="a pause without a reason"),
        pytest.param(["resume", "\t"], id="a resumption without a reason"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    airflow: Variables, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments, airflow) == REFUSED
    assert "Remedy" in said(capsys)
    assert airflow.texts == {}


def test_a_state_that_cannot_be_read_is_told_by_every_command(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.texts["eks_fleet.stopped"] = "maybe"
    assert main(["status"], airflow) == REFUSED
    assert "correct its JSON" in said(capsys)


def test_what_failed_is_tried_again_by_a_run_of_its_own(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retry-failed"], airflow) == 0
    assert airflow.triggered == []
    airflow.texts["eks_fleet.failed"] = text_of(Failures(run_id="r", clusters=("arn:shop",)))
    main(["retry-failed", "--outside-windows", "agreed with the team"], airflow)
    main(["retry-failed"], airflow)
    assert airflow.triggered == [
        {"retry_failed": True, "outside_windows": "agreed with the team"},
        {"retry_failed": True},
    ]
    assert "manual__2" in said(capsys)


def test_a_run_of_a_paused_dag_says_that_it_waits(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.texts["eks_fleet.failed"] = text_of(Failures(run_id="r", clusters=("arn:shop",)))
    airflow.dags["eks_fleet"] = True
    assert main(["retry-failed"], airflow) == 0
    assert "airflow dags unpause eks_fleet" in said(capsys)


def test_without_the_dag_no_run_is_started(
    airflow: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.texts["eks_fleet.failed"] = text_of(Failures(run_id="r", clusters=("arn:shop",)))
    airflow.dags.clear()
    assert main(["retry-failed"], airflow) == REFUSED
    assert "has no DAG of that name" in said(capsys)
    assert airflow.triggered == []

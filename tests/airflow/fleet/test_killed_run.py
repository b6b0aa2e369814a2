"""A run of the fleet whose process ends in between comes to the same end."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eks_upgrade_airflow.fleet.base import WINDOW_TASK
from eks_upgrade_airflow.fleet.operators.window import EksFleetWindowOperator

from include.eks_upgrade.fleet.file.path import ENVIRONMENT_VARIABLE
from include.eks_upgrade.fleet.judge_ring import Outcome
from tests.airflow.fleet.fleet_lab import FleetRun, Killed
from tests.airflow.fleet.ring_lab import (
    FILE,
    TASK_IDS,
    begin,
    judge,
    made,
    plan,
    planned,
    upgraded,
    verdict,
)


@pytest.fixture(autouse=True)
def fleet_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(FILE)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))


def story(run: FleetRun, canary: Outcome, main: Outcome) -> list[Callable[[], Any]]:
    """A run from its window to its verdict, task by task; how the upgrades end is given."""
    return [
        lambda: run.execute(made(EksFleetWindowOperator, WINDOW_TASK)),
        lambda: plan(run, [planned("a", "canary")], [planned("b", "main")]),
        lambda: begin(run, "canary"),
        lambda: upgraded(run, "canary", canary),
        lambda: judge(run, "canary"),
        lambda: begin(run, "main"),
        lambda: upgraded(run, "main", main) if run.pulled(LIST_MAIN, "return_value") else None,
        lambda: judge(run, "main") if run.pulled(LIST_MAIN, "return_value") else None,
        lambda: verdict(run),
    ]


LIST_MAIN = "ring_main.list_clusters"


def told(run: FleetRun, killed_at: int, *ends: Outcome) -> tuple[Any, int]:
    """What is left of a run whose process ends once, after that many messages to Airflow.

    The task at which it ends is executed anew, as Airflow does it.
    """
    messages, last = 0, None

    def count(_: Any) -> None:
        nonlocal messages
        messages += 1
        if messages == killed_at:
            raise Killed

    run.airflow.after = count
    for task in story(run, *ends):
        try:
            last = task()
        except Killed:
            last = task()
    kept = {
        key: re.sub(r"20\d\d-[\d:T+-]+", "then", text)
        for key, text in run.airflow.variables.items()
    }
    return (last, kept), messages


ENDS = [
    pytest.param((Outcome.HEALTHY, Outcome.HEALTHY), "success", id="all is well"),
    pytest.param((Outcome.HEALTHY, Outcome.FAILED), "failed", id="the last ring breaks"),
    pytest.param((Outcome.UNHEALTHY, Outcome.HEALTHY), "failed", id="the canary breaks"),
    pytest.param((Outcome.LEFT, Outcome.HEALTHY), "success", id="the canary is left"),
]


@pytest.mark.parametrize(("ends", "state"), ENDS)
def test_wherever_a_run_is_killed_it_comes_to_the_same_end(
    ends: tuple[Outcome, Outcome], state: str
) -> None:
    run = FleetRun(task_ids=TASK_IDS)
    usual, messages = told(run, 0, *ends)
    assert run.airflow.states["verdict"] == state
    assert messages > 20
    for killed_at in range(1, messages + 1):
        again, _ = told(FleetRun(task_ids=TASK_IDS), killed_at, *ends)
        assert again == usual, f"killed after message {killed_at}"

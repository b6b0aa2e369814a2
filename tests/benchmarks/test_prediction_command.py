"""The benchmark of the prediction runs from end to end at a small size, and tells its misses."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.prediction import Compared, table, too_far
from include.eks_upgrade.planning.prediction.model import DrainPrediction

ROOT = Path(__file__).parents[2]


def compared(probable: float, seconds: float, scene: str = "runbook") -> Compared:
    return Compared(scene, DrainPrediction(pods=4, best=1.0, probable=probable), seconds)


def test_the_table_has_the_error_of_each_scene_and_the_largest() -> None:
    *_, first, second, worst = table([compared(66, 60), compared(54, 60, "messy")])
    assert " ".join(first.split()) == "runbook 4 0.02 min 1.10 min 1.00 min +10.0 % -"
    assert second.split()[-3:] == ["-10.0", "%", "-"]
    assert worst == "largest error: 10.0 %"


def test_an_error_that_is_too_large_is_told() -> None:
    assert too_far([compared(66, 60), compared(72, 60, "messy")], 15) == [
        "MISSED: messy was +20.0 % off, more than 15 %"
    ]
    assert too_far([compared(600, 60)], None) == []


@pytest.mark.parametrize("words", [["--scene", "none"], ["--at-most", "few"]])
def test_a_wrong_command_line_is_refused(words: list[str]) -> None:
    assert benchmark(*words).returncode == 2


def test_it_foretells_and_drains_a_small_cluster() -> None:
    done = benchmark("--scene", "small", "--at-most", "0.001")
    assert done.returncode == 1, done.stderr  # no prediction is as exact as that
    assert done.stderr.startswith("MISSED: small was ")
    row = done.stdout.splitlines()[-2].split()
    assert row[:2] == ["small", "4"]
    assert "budget shop/web (maxUnavailable 1)" in done.stdout


def benchmark(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "benchmarks/prediction.py"), *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)

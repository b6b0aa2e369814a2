"""The benchmark reads kubectl's output rightly, tells what was missed, and runs from end to end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.drain_bound import Bound
from benchmarks.drain_contestants import Run, kubectl_run
from benchmarks.drain_table import Measured, memory_lines, missed, table

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "tests/recordings/kubectl-drain.json"
CASES = {each["case"]: each for each in json.loads(RECORDING.read_text())["cases"]}


def recorded(name):
    case = CASES[name]
    return case["exit_code"], case["stdout"], case["stderr"]


def ran(name="ours", seconds=22.0, **more):
    return Run(name=name, seconds=seconds, **{"evictions": 400, "refusals": 2, **more})


@pytest.mark.parametrize(
    ("cases", "evictions", "refusals", "fails"),
    [
        pytest.param(["all-three-flags"], 2, 0, False, id="two pods"),
        pytest.param(["budget-zero-timeout"], 3, 2, True, id="a budget that allows none"),
        pytest.param(["all-three-flags", "budget-zero-timeout"], 5, 2, True, id="two processes"),
        pytest.param(["daemonset-only"], 0, 0, True, id="refused before any eviction"),
    ],
)
def test_evictions_and_refusals_are_counted_in_what_kubectl_said(cases, evictions, refusals, fails):
    run = kubectl_run("kubectl", 1.0, [recorded(name) for name in cases])
    assert (run.evictions, run.refusals, bool(run.failure)) == (evictions, refusals, fails)


def test_the_table_compares_with_the_bound_and_with_ours():
    ours = Measured(ran(requests=1000), Bound(20.0, "shop/web"), 400)
    other = Measured(ran("kubectl", 110.0, evictions=500, refusals=2496), Bound(20.0, "b"), 400)
    _, first, second, ratio = table([ours, other])
    assert first.split() == [
        "ours",
        "22.0",
        "20.0",
        "1.10",
        "400",
        "2",
        "1,000",
        "2.50",
        "shop/web",
    ]
    assert second.split() == ["kubectl", "110.0", "20.0", "5.50", "500", "2,496", "-", "-", "b"]
    assert ratio == "kubectl / ours = 5.00"


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        pytest.param(Measured(ran(), Bound(20.0, "b"), 400), [], id="all well"),
        pytest.param(
            Measured(ran(seconds=23.0), Bound(20.0, "b"), 400),
            ["MISSED: ours took 1.15 bounds, more than 1.10"],
            id="too slow",
        ),
        pytest.param(
            Measured(ran(), Bound(20.0, "b"), 400, ("shop/a", "shop/b")),
            ["MISSED: ours left 2 pods: shop/a, …"],
            id="pods left",
        ),
        pytest.param(
            Measured(ran(failure="no rights"), Bound(20.0, "b"), 400),
            ["MISSED: ours failed: no rights"],
            id="a failure",
        ),
    ],
)
def test_what_is_missed_is_told(measured, words):
    assert missed([measured], 1.10) == words


def test_memory_and_blocks_are_told_with_their_targets():
    lines = memory_lines(
        [Measured(ran(rss_growth=12_300_000, longest_block=0.0161, longest_work=0.004), None, 1)]
    )
    assert lines == [
        "ours: grew by 12 MB (target: below 150)",
        "ours: held the event loop up for 16 ms at most (target: below 100),"
        " and computed for 4 ms at most in one go",
    ]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param(["--kubeconfig", "f"], "--selector", id="which nodes"),
        pytest.param(
            ["--kubeconfig", "f", "--selector", "a", "--nodes", "3"], "rehearsal", id="whose sizes"
        ),
    ],
)
def test_a_wrong_command_line_is_refused(words, complaint):
    done = benchmark(*words)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_it_drains_a_rehearsal_cluster_and_fails_when_the_ratio_is_missed():
    sizes = ["--nodes", "2", "--deployments", "2", "--replicas", "2"]
    done = benchmark(*sizes, "--memory", "--limit", "60", "--at-most-ratio", "0.01")
    assert done.returncode == 1, done.stderr
    _, ours, *_ = done.stdout.split("\n\n")[1].splitlines()
    name, seconds, bound, _, evictions, *_ = ours.split()
    assert (name, evictions) == ("ours", "4")
    assert float(seconds) >= float(bound) > 0
    assert done.stderr.startswith("MISSED: ours took")
    assert len(done.stderr.splitlines()) == 1
    assert "ours: grew by" in done.stdout


def benchmark(*words):
    command = [sys.executable, str(ROOT / "benchmarks/drain.py"), *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)

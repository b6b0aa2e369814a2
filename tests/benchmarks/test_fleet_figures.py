"""The figures of the benchmark of a fleet, from plain data; Airflow is not needed."""

import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import psutil
import pytest

from benchmarks.fleet_bounds import Measured, details, lines
from benchmarks.fleet_tax import Latency, RunTimes, run_times, taxes, waits
from benchmarks.fleet_use import Meter, Rate

GOOD = Measured(
    clusters=20,
    wall=900.0,
    states={"success": 20},
    retries=Counter(),
    held=0,
    idle=0.2,
    scheduled=Latency(0.1, 0.4),
    queued=Latency(0.5, 2.0),
    aws=Counter({"DescribeCluster": 200, "DescribeUpdate": 400}),
    aws_rate=9.0,
    grown=20_000_000,
    taxes=[20.0] * 20,
    cpu={"scheduler": 100.0, "dag-processor": 20.0, "triggerer": 60.0},
    own={"scheduler": 40.0, "dag-processor": 5.0, "triggerer": 60.0},
    peak={"scheduler": 400_000_000, "dag-processor": 200_000_000, "triggerer": 300_000_000},
    together=2_000_000_000,
    refused=0,
)


def missed(measured: Measured) -> set[str]:
    return {line.name for line in lines(measured) if line.missed}


def test_nothing_is_missed_where_every_figure_is_within_its_bound() -> None:
    assert missed(GOOD) == set()
    assert sum("reached" in str(line) for line in lines(GOOD)) == 8


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param({"states": {"success": 19, "failed": 1}}, "runs that", id="a-failed-run"),
        pytest.param({"states": {"success": 19}}, "runs that", id="a-run-that-is-not-there"),
        pytest.param({"retries": Counter({"lock": 1})}, "tasks tried again", id="a-retry"),
        pytest.param({"refused": 1}, "requests that Airflow's API", id="an-answer-500"),
        pytest.param({"held": 1}, "worker slots", id="a-held-slot"),
        pytest.param({"aws": Counter({"A": 3020})}, "AWS calls of a cluster", id="calls"),
        pytest.param({"taxes": [61.0] * 20}, "orchestration tax of a cluster", id="tax"),
        pytest.param({"cpu": GOOD.cpu | {"scheduler": 500.0}}, "CPU of a cluster", id="cpu"),
        pytest.param({"together": 3_100_000_000}, "memory", id="memory"),
    ],
)
def test_a_figure_beyond_its_bound_is_missed(change: dict[str, object], name: str) -> None:
    (found,) = missed(replace(GOOD, **change))
    assert found.startswith(name)


def test_of_many_clusters_the_tax_may_be_five_percent_of_forty_minutes() -> None:
    many = replace(GOOD, clusters=200, states={"success": 200}, taxes=[119.0] * 200)
    assert missed(many) == set()
    assert missed(replace(many, taxes=[121.0] * 200)) == {"orchestration tax of a cluster, mean"}


def test_each_component_and_the_dearest_calls_are_told_by_cluster() -> None:
    told = details(GOOD)
    assert told[1].split() == ["scheduler", "100.0", "40.0", "5.00", "400"]
    assert told[-2] == "tasks tried again: none"
    assert told[-1] == "AWS calls of a cluster: DescribeUpdate 20.0, DescribeCluster 10.0"


def test_what_goes_on_as_long_as_runs_do_is_no_work_of_a_cluster() -> None:
    (work,) = (line for line in lines(GOOD) if line.name.endswith("has done alone"))
    assert work.value == (60.0 + 60.0) / 20


def waited(kind: str, began: float, ended: float) -> dict[str, object]:
    return {"text": "", "waits": [[kind, began, ended]]}


def test_a_run_is_divided_and_the_time_in_which_the_clock_stood_is_nobodys() -> None:
    results = [waited("aws", 10.0, 100.0), waited("drain", 110.0, 130.0)]
    found = run_times(results, (0.0, 140.0), still=(0.0, 50.0))
    assert found == RunTimes(wall=100.0, airflow=30.0, aws=50.0, drain=20.0)


def test_what_is_seen_late_is_part_of_the_tax() -> None:
    quick = RunTimes(wall=100.0, airflow=30.0, aws=50.0, drain=20.0)
    late = RunTimes(wall=115.0, airflow=30.0, aws=60.0, drain=25.0)
    assert taxes([quick, late]) == [30.0, 45.0]


def test_a_task_that_was_deferred_and_one_that_never_began_are_not_waited_for() -> None:
    told = [
        {"queued_when": "2026-11-26T10:00:00Z", "start_date": "2026-11-26T10:00:02Z"},
        {"queued_when": "2026-11-26T10:05:00Z", "start_date": "2026-11-26T10:00:02Z"},
        {"queued_when": "2026-11-26T10:00:00Z", "start_date": None},
        {"queued_when": None, "start_date": None},
    ]
    assert waits(told) == [2.0]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        pytest.param([], Latency(0.0, 0.0), id="none"),
        pytest.param([5.0], Latency(0.0, 0.0), id="one"),
        pytest.param([1.0] * 99 + [50.0], Latency(1.0, 1.0), id="one-of-a-hundred"),
    ],
)
def test_latency_is_told_by_its_middle_and_its_slow_end(
    seconds: list[float], told: Latency
) -> None:
    assert Latency.of(seconds) == told


def test_the_work_of_a_process_that_has_ended_counts_for_its_component() -> None:
    work = "import time\nwhile time.process_time() < 0.3: pass"
    script = (
        "import subprocess, sys, time\n"
        f"child = [sys.executable, '-c', {work!r}]\n"
        "parent = [sys.executable, '-c', f'import subprocess; subprocess.run({child!r})']\n"
        "print(flush=True); input(); subprocess.run(parent); print(flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, Meter({"worker": os.getpid()}) as meter:
        process.stdout.readline()
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        assert meter.cpu()["worker"] >= 0.3
        # The work was done by a process of a process that the component has started.
        assert meter.own()["worker"] < 0.3
        assert meter.peak["worker"] > 1_000_000
        process.stdin.write(b"\n")
    assert not psutil.pid_exists(process.pid)


def test_the_densest_second_is_the_highest_rate_of_all_looks() -> None:
    counts = iter([0, 10, 10])
    rate = Rate(lambda: next(counts))
    time.sleep(0.05)
    rate.look()
    highest = rate.highest
    time.sleep(0.05)
    rate.look()
    assert 0 < highest <= 10 / 0.05
    assert rate.highest == highest

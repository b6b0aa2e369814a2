"""Real child processes: what is started is stopped, however the end comes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from include.local_airflow.problems import ComponentDied
from include.local_airflow.processes.child import Child, Program, stop_all, wait_until_up
from include.local_airflow.processes.record import Record, find, stop_recorded

REPO = Path(__file__).resolve().parents[2]
# A program that starts a child in a session of its own, as Airflow's tasks have one, and writes
# both pids to a file.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"],
                         start_new_session=True)
open(sys.argv[1] + ".new", "w").write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(300)
"""


def family(tmp_path: Path) -> Program:
    return Program(
        name="the family",
        command=[sys.executable, "-c", FAMILY, str(tmp_path / "pids")],
        environment=dict(os.environ),
        log=tmp_path / "family.log",
    )


def pids(tmp_path: Path) -> list[int]:
    file = tmp_path / "pids"
    until(file.exists)
    return [int(word) for word in file.read_text().split()]


def until(true, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def gone(numbers: list[int]) -> bool:
    return not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        for pid in numbers
    )


def test_stopping_ends_the_program_and_its_children_in_other_sessions(tmp_path):
    child = Child(family(tmp_path))
    everyone = pids(tmp_path)

    stop_all([child])

    assert gone(everyone)


def test_a_program_ends_when_its_parent_is_killed(tmp_path):
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "import importlib.util\n"
        "spec = importlib.util.spec_from_file_location('t', sys.argv[3])\n"
        "t = importlib.util.module_from_spec(spec); spec.loader.exec_module(t)\n"
        "child = t.Child(t.family(Path(sys.argv[1])))\n"
        "time.sleep(300)\n"
    )
    line = [sys.executable, "-c", code, str(tmp_path), str(REPO), __file__]
    with subprocess.Popen(line) as parent:
        everyone = pids(tmp_path)
        parent.kill()

    until(lambda: gone(everyone))


def test_a_program_that_ignores_term_is_killed_after_the_grace(tmp_path):
    deaf = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready', flush=True); time.sleep(300)"
    )
    log = tmp_path / "deaf.log"
    child = Child(Program("deaf", [sys.executable, "-c", deaf], dict(os.environ), log, grace=0.3))
    until(lambda: log.read_text() == "ready\n")
    everyone = [each.pid for each in psutil.Process(child.record.pid).children(recursive=True)]

    stop_all([child])

    assert everyone
    assert gone(everyone)


def test_a_detached_program_is_found_by_its_record_and_stopped(tmp_path):
    child = Child(family(tmp_path), detached=True)
    everyone = pids(tmp_path)

    assert stop_recorded([child.record]) == [child.record]

    assert gone([*everyone, child.record.pid])
    assert stop_recorded([child.record]) == []
    stop_all([child])


def test_a_process_that_got_the_same_pid_is_not_taken_for_ours():
    record = Record("Airflow's scheduler", os.getpid(), "0123456789abcdef")

    assert find(record) is None
    assert stop_recorded([record]) == []


def test_a_program_that_dies_is_reported_with_its_exit_code_and_last_lines(tmp_path):
    code = "print('no room on the disk'); raise SystemExit(7)"
    log = tmp_path / "dying.log"
    child = Child(Program("the scheduler", [sys.executable, "-c", code], dict(os.environ), log))

    with pytest.raises(ComponentDied, match=r"the scheduler .*exit code 7") as died:
        for _ in wait_until_up([child], 20):
            pass

    assert "no room on the disk" in str(died.value)
    stop_all([child])


def test_the_signals_of_the_caller_are_as_before_after_stopping(tmp_path):
    before = signal.getsignal(signal.SIGINT)

    stop_all([Child(family(tmp_path))])

    assert signal.getsignal(signal.SIGINT) is before

"""Processes that a former process has started: found again by their record, and stopped."""

import contextlib
import signal
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

# Airflow 3.3.2's scheduler sometimes never ends after TERM (its LocalExecutor waits for its
# workers for ever); longer than this is waiting for nothing.
GRACE_SECONDS = 5.0
# The guard's own limit is the grace and twice its time for leftovers.
PATIENCE_SECONDS = GRACE_SECONDS + 8.0


@dataclass(frozen=True)
class Record:
    """What is needed to find a guard again and be sure that it is the one.

    Attributes:
        name: for people.
        pid: of the guard.
        mark: a random word in the guard's command line; a pid that was given to another
            process since does not have it.
    """

    name: str
    pid: int
    mark: str


def find(record: Record) -> psutil.Process | None:
    """The guard that was started under this record, or None when it runs no more."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process = psutil.Process(record.pid)
        if record.mark in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def stop_recorded(records: Iterable[Record]) -> list[Record]:
    """Stop exactly the recorded guards that still run.

    Returns:
        Those that were running.
    """
    running = [(record, process) for record in records if (process := find(record))]
    for _, process in running:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs([process for _, process in running], PATIENCE_SECONDS)
    for process in alive:
        kill_tree(process.pid)
    return [record for record, _ in running]


def kill_tree(pid: int) -> None:
    """KILL a guard and everything below it, children first gathered."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [*root.children(recursive=True), root]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)

"""Child processes that never become orphans: each runs under a guard (guard.py).

A child ends when this process ends, however it ends. A detached one stays, to be stopped later by
what its `Record` holds.
"""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from include.local_airflow.problems import ComponentDied
from include.local_airflow.processes.record import (
    GRACE_SECONDS,
    PATIENCE_SECONDS,
    Record,
    kill_tree,
)

GUARD = Path(__file__).with_name("guard.py")


@dataclass(frozen=True)
class Program:
    """What is to be run.

    Attributes:
        name: for people.
        command: program and arguments.
        environment: the whole environment of the process.
        log: the file its output is appended to.
        grace: seconds between TERM and KILL.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    grace: float = GRACE_SECONDS


class Child:
    """A running program under its guard."""

    def __init__(self, program: Program, *, detached: bool = False) -> None:
        self.program = program
        self._pipe: int | None = None
        mark = secrets.token_hex(8)
        line = [sys.executable, str(GUARD), "--mark", mark, "--grace", str(program.grace)]
        reading: int | None = None
        if not detached:
            # The kernel closes our end of this pipe however we end; the guard watches the other.
            reading, self._pipe = os.pipe()
            line += ["--parent-pipe", str(reading)]
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - programs of this project only
                [*line, "--", *program.command],
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=() if reading is None else (reading,),
                # Ctrl-C in the terminal is for us; we stop the children ourselves.
                start_new_session=True,
            )
        if reading is not None:
            os.close(reading)
        self.record = Record(program.name, self._process.pid, mark)

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            ComponentDied: it has ended.
        """
        code = self._process.poll()
        if code is not None:
            raise ComponentDied(
                f"{self.program.name} has ended by itself (exit code {code}). "
                f"Last lines of {self.program.log}:\n{tail(self.program.log)}"
            )

    def ask_to_stop(self) -> None:
        """Tell the guard to stop the program; do not wait."""
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self) -> None:
        """Wait for the end of the guard; kill it and the program if it takes too long."""
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            kill_tree(self._process.pid)
            self._process.wait(PATIENCE_SECONDS)
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def stop_all(children: Iterable[Child]) -> None:
    """Stop all at once and wait until all are gone; a second Ctrl-C does not hurry it."""
    these = list(children)
    with undisturbed():
        for child in these:
            child.ask_to_stop()
        for child in these:
            child.wait()


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let no INT, TERM or HUP interrupt; only the main thread can say so, and gets them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented; says so when there are none."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (empty)"


def wait_until_up(children: Sequence[Child], seconds: float) -> Iterable[float]:
    """Yield the seconds that passed, five times a second, while all children run.

    Ends when `seconds` are over; the caller says what was waited for.

    Raises:
        ComponentDied: one of them has ended.
    """
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        for child in children:
            child.check()
        yield passed
        time.sleep(0.2)

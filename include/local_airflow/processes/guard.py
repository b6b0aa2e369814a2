"""Runs one command and makes sure that nothing it started outlives its parent.

    python guard.py --mark MARK --grace SECONDS [--parent-pipe FD] -- COMMAND...

The command gets a session of its own. It is stopped (TERM to the command, then KILL to
everything it started) when this process gets TERM, INT or HUP, or when the other end of the
parent pipe closes, which the kernel does even when the parent was killed with -9. Airflow's
task processes leave their parent's process group, so a group kill is not enough: on Linux
this process adopts every orphan below it (child subreaper) and ends those too.

`MARK` does nothing here: it is what `down` recognises the process by.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

import psutil

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36
LEFTOVER_SECONDS = 3.0


def prctl(option: int, value: int) -> None:
    """Call prctl on Linux; elsewhere the parent pipe alone has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def descendants() -> list[psutil.Process]:
    """Every living process below this one, adopted orphans included."""
    found = psutil.Process().children(recursive=True)
    return [each for each in found if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def send(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Signal processes; one that has just gone is no matter."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


class Guard:
    """Holds one command.

    Args:
        command: program and arguments.
        grace: seconds between TERM and KILL.
        parent_pipe: file descriptor of the pipe's reading end; None when detached.
    """

    def __init__(self, command: list[str], *, grace: float, parent_pipe: int | None) -> None:
        self.grace = grace
        self.parent_pipe = parent_pipe
        self.code: int | None = None
        self.must_stop = False
        # Signals wake `select` through a pipe; handlers alone would leave it waiting.
        self._awake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.pid = self._start(command)

    def run(self) -> int:
        """Wait for the command's end or for a reason to end it.

        Returns:
            The command's exit code; 128 + signal number when a signal ended it.
        """
        watched = [self._awake] + ([] if self.parent_pipe is None else [self.parent_pipe])
        while self.code is None and not self.must_stop:
            readable, _, _ = select.select(watched, [], [])
            if self._awake in readable:
                os.read(self._awake, 512)
            if self.parent_pipe in readable:
                self.must_stop = True
            self._reap()
        self._stop()
        return self.code if self.code is not None else 128 + signal.SIGKILL

    def _start(self, command: list[str]) -> int:
        # No thread runs in this process, which is what makes preexec_fn safe here.
        process = subprocess.Popen(  # noqa: S603 - running what the parent names is its purpose
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM),  # noqa: PLW1509 - see above
        )
        process.returncode = 0  # this class reaps every child itself
        return process.pid

    def _on_stop(self, *_: object) -> None:
        self.must_stop = True

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
                if ended[0] == self.pid:
                    code = os.waitstatus_to_exitcode(ended[1])
                    self.code = code if code >= 0 else 128 - code

    def _wait(self, seconds: float, *, for_all: bool) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._reap()
            if self.code is not None and (not for_all or not descendants()):
                return True
            time.sleep(0.05)
        return False

    def _stop(self) -> None:
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            self._wait(self.grace, for_all=False)
        if left := descendants():
            # Once the command has ended, what it left may still end in order. When even the
            # command did not end in time, nothing below it is waited for.
            send(left, signal.SIGTERM if self.code is not None else signal.SIGKILL)
            if not self._wait(LEFTOVER_SECONDS, for_all=True):
                send(descendants(), signal.SIGKILL)
                self._wait(LEFTOVER_SECONDS, for_all=True)


def main() -> int:
    """Read the command line and guard the command."""
    parser = argparse.ArgumentParser(description="run one command that ends with its parent")
    parser.add_argument("--mark", required=True)
    parser.add_argument("--grace", type=float, default=10.0)
    parser.add_argument("--parent-pipe", type=int)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    guard = Guard(options.command, grace=options.grace, parent_pipe=options.parent_pipe)
    return guard.run()


if __name__ == "__main__":
    sys.exit(main())

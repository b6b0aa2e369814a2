"""The rehearsal as a child process, and the variables to reach it with, read from its output."""

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from include.local_airflow.problems import CannotStart
from include.local_airflow.processes.child import Child, Program, wait_until_up

START_SECONDS = 60.0
SPEED = 120
EXPORT = re.compile(r"^\s*export\s+([A-Z_][A-Z0-9_]*)=(.*)$", re.MULTILINE)
NEEDED = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


def exported(text: str) -> dict[str, str]:
    """The variables of the `export NAME=value` lines in a text."""
    found = EXPORT.findall(text)
    return {name: "".join(shlex.split(value, comments=True)) for name, value in found}


def start(repo: Path, log: Path, *, scenario: str, detached: bool) -> Child:
    """Start the rehearsal with the clusters of a scenario; it is not ready when this returns."""
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    program = Program(
        name="the rehearsal",
        command=[
            *(sys.executable, "-m", "include.rehearsal"),
            *("--speed", str(SPEED), "--scenario", scenario),
        ],
        environment={**own, "PYTHONPATH": str(repo), "PYTHONUNBUFFERED": "1"},
        log=log,
    )
    return Child(program, detached=detached)


def await_environment(child: Child) -> Mapping[str, str]:
    """Wait until the rehearsal has printed its environment lines; return them.

    Raises:
        CannotStart: it has not printed them in time.
        ComponentDied: it has ended.
    """
    for _ in wait_until_up([child], START_SECONDS):
        found = exported(child.program.log.read_text(errors="replace"))
        if all(name in found for name in NEEDED):
            return found
    raise CannotStart(
        f"The rehearsal did not say how to reach it within {START_SECONDS:.0f} s; "
        f"its log is {child.program.log}."
    )

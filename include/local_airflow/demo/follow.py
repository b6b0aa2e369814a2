"""Follows a run to its end on the screen, and prints what is left to say."""

import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from include.local_airflow.demo.screen import Screen
from include.local_airflow.demo.watch import RunWatcher
from include.local_airflow.launcher import LocalAirflow

ENDED = ("success", "failed")
LOOK_SECONDS = 1.0


def follow(console: Console, airflow: LocalAirflow, watcher: RunWatcher) -> dict[str, Any]:
    """Show the run until it has ended; return it as the API answers."""
    with Screen(console, watcher.dag_id) as screen:
        while True:
            airflow.check()
            run = watcher.run()
            screen.show(watcher.look())
            if run["state"] in ENDED:
                return run
            time.sleep(LOOK_SECONDS)


def print_lines(console: Console, lines: Sequence[str]) -> None:
    """Print lines without wrapping, colours or markup."""
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)

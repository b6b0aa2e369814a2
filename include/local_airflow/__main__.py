"""`python -m include.local_airflow demo|up|trigger|down`: what the Makefile calls.

Exit codes: 0 done, 1 the upgrade is not as wanted, 2 it could not be started (one sentence
says why), 130 and 143 stopped by Ctrl-C and TERM; nothing is left running then.
"""

import argparse
import signal
import sys

from rich.console import Console

from include.local_airflow import background
from include.local_airflow.demo.follow import print_lines
from include.local_airflow.demo.run import run_demo
from include.local_airflow.demo.scenarios import RUNBOOK, SCENARIOS, Scenario
from include.local_airflow.engine import EMBEDDED, ENGINES
from include.local_airflow.engine.model import Engine
from include.local_airflow.problems import CannotStart


class Stopped(BaseException):
    """A signal wants this process to end; passes through every `finally`."""


def _on_stop(number: int, _frame: object) -> None:
    raise Stopped(number)


def run(
    command: str, port: int | None, scenario: Scenario, engine: Engine, console: Console
) -> int:
    """Run one command; returns its exit code.

    Raises:
        CannotStart: something stands in the way.
    """
    if command == "demo":
        return run_demo(console, scenario, engine)
    steps = {
        "up": lambda: background.up(port, scenario),
        "trigger": background.trigger,
        "down": background.down,
    }
    print_lines(console, steps[command]())
    return 0


def main() -> int:
    """Read the command line, run, and turn what stands in the way into sentences."""
    parser = argparse.ArgumentParser(prog="python -m include.local_airflow")
    parser.add_argument("command", choices=("demo", "up", "trigger", "down"))
    parser.add_argument(
        "--port",
        type=int,
        help="of Airflow's UI (default: 8080 if it is free, else the one it had)",
    )
    parser.add_argument(
        "--scenario",
        choices=sorted(SCENARIOS),
        default=RUNBOOK,
        help=f"the clusters of demo and up (default: {RUNBOOK})",
    )
    parser.add_argument(
        "--engine",
        choices=sorted(ENGINES),
        default=EMBEDDED.name,
        help="what Airflow runs on in the demo: SQLite and the LocalExecutor (embedded), or "
        "PostgreSQL, Redis and Celery workers (distributed)",
    )
    options = parser.parse_args()
    if options.command != "demo" and options.engine != EMBEDDED.name:
        parser.error(
            "--engine is the demo's: what `up` leaves running is on SQLite. To see a scenario on "
            f"another engine: demo --engine {options.engine} --scenario {options.scenario}"
        )
    console = Console(stderr=False)
    # A shell that starts this in the background has INT ignored; then it means us all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_stop)
    try:
        engine = ENGINES[options.engine]
        return run(options.command, options.port, SCENARIOS[options.scenario], engine, console)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing is left running", file=sys.stderr)
        return 130
    except Stopped as stopped:
        return 128 + int(stopped.args[0])


if __name__ == "__main__":
    sys.exit(main())

"""The fleet's small command line: `python -m eks_upgrade_airflow.fleet status`."""

import argparse
import sys
from collections.abc import Sequence

from eks_upgrade_airflow.fleet.commands import FLEET_DAG, Fleet, Store
from include.eks_upgrade.common.errors import Refused

REFUSED = 2
"""The exit code when nothing was done."""


def main(arguments: Sequence[str] | None = None, store: Store | None = None) -> int:
    """Do what is asked, and tell it; 0 when it was done."""
    asked = vars(_parser().parse_args(arguments))
    command, dag_id = asked.pop("command"), asked.pop("dag_id")
    try:
        fleet = Fleet(store or _airflow(), dag_id)
        lines = getattr(fleet, command.replace("-", "_"))(**asked)
    except Refused as error:
        print(error, file=sys.stderr)
        return REFUSED
    print("\n".join(lines))
    return 0


def _airflow() -> Store:
    """Airflow itself, whose import takes seconds: a command line that is wrong is refused first."""
    from eks_upgrade_airflow.fleet.airflow_store import AirflowStore  # noqa: PLC0415 - as above

    return AirflowStore()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eks_upgrade_airflow.fleet", description=__doc__
    )
    parser.add_argument("--dag-id", default=FLEET_DAG, help="the fleet's DAG (%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="what holds the fleet, whom it leaves alone, what failed")
    pause = commands.add_parser("pause", help="nothing new begins; what runs is finished")
    pause.add_argument("why", metavar="REASON")
    resume = commands.add_parser("resume", help="a stopped or paused fleet goes on")
    resume.add_argument("why", metavar="REASON")
    skip = commands.add_parser("skip", help="leave a cluster alone")
    skip.add_argument("cluster", help="name, account/region/name, ARN, or a shell pattern of these")
    skip.add_argument("why", metavar="REASON")
    skip.add_argument("--until", default="", help="a date, after which it is not skipped any more")
    unskip = commands.add_parser("unskip", help="take a skip back")
    unskip.add_argument("cluster", help="as it was skipped")
    retry = commands.add_parser("retry-failed", help="start a run for what failed in the last one")
    retry.add_argument(
        "--outside-windows", dest="why", default="", metavar="REASON", help="now, not in a window"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

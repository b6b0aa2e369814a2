"""The command line: what is asked for. Reads no file and no cluster."""

import argparse
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from include.eks_upgrade.common.text import nearest
from include.eks_upgrade.fleet.file.path import DEFAULT, ENVIRONMENT_VARIABLE

DAYS = 14
"""How far `plan` looks without `--until`."""
MOST_DAYS = 366
YEARS = range(1971, 3000)
"""Before and after them some zones have no clock that Python knows."""

EPILOG = f"""\
The fleet file is --file, else the one that {ENVIRONMENT_VARIABLE} names, else {DEFAULT}.
Exit code 0: done. 1: AWS, or a file other than the fleet file, could not be read. 2: the command
line or the fleet file is wrong, and standard error says what.
"""


class _Parser(argparse.ArgumentParser):
    """Names the nearest command or flag where one is unknown."""

    def error(self, message: str) -> NoReturn:
        super().error(message + self._meant(message))

    def _meant(self, message: str) -> str:
        strange = re.search(r"unrecognized arguments: (\S+)|invalid choice: '([^']+)'", message)
        if not strange:
            return ""
        known = _flags(self) if strange[1] else list(_commands(self))
        meant = nearest((strange[1] or strange[2]).partition("=")[0], known)
        return f"; is {meant} meant?" if meant else ""


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Those of a parser, by name."""
    found = (action.choices for action in parser._actions if isinstance(action.choices, dict))
    return next(found, {})


def _flags(parser: argparse.ArgumentParser) -> list[str]:
    """Those of a parser and of its commands."""
    own = [flag for action in parser._actions for flag in action.option_strings]
    return [*own, *(flag for each in _commands(parser).values() for flag in _flags(each))]


def arguments(argv: Sequence[str] | None, now: datetime) -> argparse.Namespace:
    """The command line, read and checked; prints what is wrong and exits 2 otherwise."""
    parser = _parser(now)
    given = parser.parse_args(argv)
    if given.command == "plan":
        given.until = given.until or given.begin + timedelta(days=DAYS)
        if not given.begin < given.until <= given.begin + timedelta(days=MOST_DAYS):
            parser.error(f"--until has to be after --from, by {MOST_DAYS} days at most")
    return given


def _parser(now: datetime) -> _Parser:
    parser = _Parser(
        prog="python -m include.eks_upgrade.fleet",
        description="Look at a fleet before it counts. Changes nothing in AWS.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help="say everything that is wrong with the fleet file", allow_abbrev=False
    )
    plan = commands.add_parser(
        "plan",
        help="say which cluster would run when, and why the others would not",
        allow_abbrev=False,
    )
    schema = commands.add_parser(
        "schema", help="write the JSON Schema of the fleet file", allow_abbrev=False
    )
    schema.add_argument("--out", type=Path, help="by default the one beside the example")
    for each in (check, plan):
        each.add_argument("--file", type=Path, help="the fleet file")
    _add_plan(plan, now)
    return parser


def _add_plan(plan: argparse.ArgumentParser, now: datetime) -> None:
    plan.add_argument(
        "--from", dest="begin", type=_moment, default=now, metavar="DAY", help="by default now"
    )
    plan.add_argument("--until", type=_moment, metavar="DAY", help=f"by default {DAYS} days later")
    plan.add_argument(
        "--clusters",
        type=Path,
        metavar="FILE",
        help="JSON of clusters, as --save writes it; without it AWS is asked",
    )
    plan.add_argument(
        "--save", type=Path, metavar="FILE", help="write the clusters that were found, as JSON"
    )
    plan.add_argument(
        "--profile",
        action="append",
        default=[],
        type=_profile,
        metavar="ACCOUNT=PROFILE",
        help="profile of the AWS configuration for an account of the file; several times",
    )
    plan.add_argument("--width", type=int, help="columns; by default those of the terminal")


def _moment(text: str) -> datetime:
    """A day, or a moment; without an offset it is UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no day and no moment; write it like 2026-12-18 or 2026-12-18T18:00Z"
        raise argparse.ArgumentTypeError(message) from None
    if read.year not in YEARS:
        raise argparse.ArgumentTypeError(f"{text!r} is too far away")
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _profile(text: str) -> tuple[str, str]:
    account, _, profile = text.partition("=")
    if not account or not profile:
        raise argparse.ArgumentTypeError(f"{text!r} is not written ACCOUNT=PROFILE")
    return account, profile

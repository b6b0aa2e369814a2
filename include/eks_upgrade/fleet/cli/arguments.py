"""The command line: what is asked for. Reads no file and no cluster."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from include.eks_upgrade.common.text import nearest
from include.eks_upgrade.fleet.file.path import DEFAULT, ENVIRONMENT_VARIABLE

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


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line, read and checked; prints what is wrong and exits 2 otherwise."""
    return _parser().parse_args(argv)


def _parser() -> _Parser:
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
    schema = commands.add_parser(
        "schema", help="write the JSON Schema of the fleet file", allow_abbrev=False
    )
    schema.add_argument("--out", type=Path, help="by default the one beside the example")
    check.add_argument("--file", type=Path, help="the fleet file")
    return parser

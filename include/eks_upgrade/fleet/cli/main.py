"""What each command does, and its exit code."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Refused, UpgradeError
from include.eks_upgrade.fleet.cli.arguments import arguments
from include.eks_upgrade.fleet.file.contradictions import warnings
from include.eks_upgrade.fleet.file.path import PROJECT, fleet_file, shown
from include.eks_upgrade.fleet.file.read import Reading, read_with_lines
from include.eks_upgrade.fleet.file.schema import FILE, schema_text

DONE, UNREADABLE, WRONG = 0, 1, 2
"""Exit codes: done; AWS or another file could not be read; fleet file or command line are wrong."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do it; the exit code."""
    now = datetime.now(UTC)
    given = arguments(argv)
    try:
        return COMMANDS[given.command](given, now)
    except Refused as error:
        print(error, file=sys.stderr)
        return WRONG
    except (UpgradeError, OSError) as error:
        print(error, file=sys.stderr)
        return UNREADABLE


def _check(given: argparse.Namespace, now: datetime) -> int:
    reading = _read(given, now)
    file = reading.file
    print(
        f"{reading.name} is right: {counted(len(file.accounts), 'account')},"
        f" {counted(len(file.rings), 'ring')}, {counted(len(file.windows), 'window')},"
        f" {counted(len(file.freezes), 'freeze')}, {counted(len(file.overrides), 'override')}"
    )
    return DONE


def _schema(given: argparse.Namespace, _: datetime) -> int:
    path: Path = given.out or PROJECT / FILE
    path.write_text(schema_text(), encoding="utf-8")
    print(shown(path.absolute()))
    return DONE


def _read(given: argparse.Namespace, now: datetime) -> Reading:
    """The fleet file, with warnings of it on standard error."""
    path = given.file.absolute() if given.file else fleet_file(os.environ)
    reading = read_with_lines(path)
    for finding in warnings(reading.file, now):
        print(f"warning: {reading.told(finding)}", file=sys.stderr)
    return reading


COMMANDS = {"check": _check, "schema": _schema}

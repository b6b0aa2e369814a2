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
from include.eks_upgrade.fleet.cli.plan import (
    check_profiles,
    columns,
    lines_of,
    read_clusters,
    save,
)
from include.eks_upgrade.fleet.cli.simulate import plans
from include.eks_upgrade.fleet.cluster import Found
from include.eks_upgrade.fleet.file.contradictions import warnings
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.file.path import PROJECT, fleet_file, shown
from include.eks_upgrade.fleet.file.read import Reading, read_with_lines
from include.eks_upgrade.fleet.file.schema import FILE, schema_text

DONE, UNREADABLE, WRONG = 0, 1, 2
"""Exit codes: done; AWS or another file could not be read; fleet file or command line are wrong."""

NOWHERE = (
    "No place could be looked at. The credentials here are boto3's (environment, profile, single"
    " sign-on), not those of Airflow's connections: --profile ACCOUNT=PROFILE names a profile"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Do it; the exit code."""
    now = datetime.now(UTC)
    given = arguments(argv, now)
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


def _plan(given: argparse.Namespace, now: datetime) -> int:
    file = _read(given, now).file
    found = _found(given, file)
    if given.save:
        save(found, given.save)
    if found.broken and not found.clusters:
        for place in found.broken:
            print(f"{place.account_name} {place.region}: {place.why}", file=sys.stderr)
        print(NOWHERE, file=sys.stderr)
        return UNREADABLE
    width, steps = columns(given.width), list(plans(file, found, given.begin, given.until))
    if not steps:
        print(f"No window opens from {given.begin:%F %H:%M} until {given.until:%F %H:%M} UTC.")
    for line in lines_of(steps, width):
        print(line)
    return DONE


def _found(given: argparse.Namespace, file: FleetFile) -> Found:
    if given.clusters:
        return read_clusters(given.clusters)
    # Only here, because boto3 is slow to import.
    from include.eks_upgrade.fleet.cli.discover import ORGANIZATION, discover  # noqa: PLC0415

    profiles = dict(given.profile)
    check_profiles(profiles, file, [ORGANIZATION] if file.organization else [])
    return discover(file, profiles)


def _read(given: argparse.Namespace, now: datetime) -> Reading:
    """The fleet file, with warnings of it on standard error."""
    path = given.file.absolute() if given.file else fleet_file(os.environ)
    reading = read_with_lines(path)
    for finding in warnings(reading.file, now):
        print(f"warning: {reading.told(finding)}", file=sys.stderr)
    return reading


COMMANDS = {"check": _check, "plan": _plan, "schema": _schema}

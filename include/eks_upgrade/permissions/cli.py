"""python -m include.eks_upgrade.permissions: the policies and roles of one cluster, to be applied.

    python -m include.eks_upgrade.permissions --cluster payments-prod --region eu-west-1 \
        --role arn:aws:iam::111122223333:role/eks-upgrade --out rights

It reads the cluster, its node groups and its add-ons (`iam-read.json` is enough, but for add-ons
with pod identities) and changes nothing in AWS; docs/permissions.md has more.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError

from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.common.text import nearest
from include.eks_upgrade.permissions.place import Place
from include.eks_upgrade.permissions.read import read_place
from include.eks_upgrade.permissions.write import FORMATS, files_for, shipped_files

SHIPPED = Path(__file__).parents[2] / "permissions"
"""The policies and roles with their placeholders."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; 0 when they are written, 1 with a sentence on stderr when not."""
    given = _given(arguments)
    try:
        shipped = shipped_files(SHIPPED)
        with aws_errors_about(f"cluster {given.cluster!r}"):
            place = _read(given)
        files = files_for(place, shipped, given.format or FORMATS, given.smoke_test_namespace)
        written = _write(files.items(), Path(given.out))
    except (UpgradeError, BotoCoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(_told(place))
    for path in written:
        print(path)
    return 0


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; ends with 2, as argparse does, where a flag is none, and names the nearest."""
    parser = _parser()
    given, strange = parser.parse_known_args(arguments)
    if strange:
        known = [flag for action in parser._actions for flag in action.option_strings]
        meant = nearest(strange[0].partition("=")[0], known)
        parser.error(f"there is no {strange[0]}" + (f"; is {meant} meant?" if meant else ""))
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.eks_upgrade.permissions")
    parser.add_argument("--cluster", required=True, help="name of the cluster")
    parser.add_argument(
        "--role", required=True, help="the role that is to get the rights: its ARN, or its name"
    )
    parser.add_argument("--region", help="by default the AWS configuration's")
    parser.add_argument("--profile", help="profile of the AWS configuration to read with")
    parser.add_argument(
        "--format", action="append", choices=FORMATS, help="may be given several times; all"
    )
    parser.add_argument(
        "--smoke-test-namespace", default="default", help="the parameter of that name"
    )
    parser.add_argument("--out", default="rights", help="folder to write into; made if it is not")
    return parser


def _read(given: argparse.Namespace) -> Place:
    session = boto3.Session(profile_name=given.profile, region_name=given.region)
    return read_place(session.client("eks"), session.client("ec2"), given.cluster, given.role)


def _write(files: Iterable[tuple[str, str]], folder: Path) -> list[Path]:
    written = []
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def _told(place: Place) -> str:
    text = (
        f"rights of {place.role_arn} on {place.cluster}:"
        f" {counted(len(place.node_roles), 'node role')}, "
        f"{counted(len(place.addon_roles), 'add-on role')},"
        f" {counted(len(place.launch_templates), 'launch template')}"
    )
    if place.access_entries:
        return text
    return (
        f"{text}; the cluster takes no access entries: map the role to the group eks-upgrade in "
        "the ConfigMap aws-auth"
    )

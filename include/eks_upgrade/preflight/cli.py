"""The command lines of preflight and plan: the same as the tasks of Airflow, without Airflow."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.errors import Refused, UpgradeError, refusal
from include.eks_upgrade.common.text import nearest
from include.eks_upgrade.planning.make_plan import plan_of
from include.eks_upgrade.planning.preflight.check import Outcomes
from include.eks_upgrade.planning.preflight.judged import judged
from include.eks_upgrade.planning.preflight.kinds import parameter_problems
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.preflight.verdict import Verdict, verdict_of
from include.eks_upgrade.planning.preflight.verdict_schema import FILE, schema_text
from include.eks_upgrade.planning.preflight.verdict_table import table
from include.eks_upgrade.preflight.look import look
from include.eks_upgrade.preflight.own_chain import own_chain
from include.eks_upgrade.report.preflight import render_preflight
from include.eks_upgrade.request import UpgradeRequest

NOTHING_BLOCKS, BLOCKED, NOT_JUDGED = 0, 1, 2

EPILOG = """\
Credentials come from boto3's own chain (environment, profiles, instance roles). Nothing is changed.
Exit code 0: nothing is in the way. 1: something blocks. 2: the command line is wrong, or the
cluster could not be read, and standard error says what.
"""


def preflight(arguments: Sequence[str] | None = None) -> int:
    """`python -m include.eks_upgrade.preflight`; the exit code."""
    given = _given("preflight", "Ask everything that could stop an upgrade.", arguments)
    if given.write_schema:
        Path(FILE).write_text(schema_text(), encoding="utf-8")
        print(FILE)
        return NOTHING_BLOCKS
    return _run(given, _print_verdict)


def plan(arguments: Sequence[str] | None = None) -> int:
    """`python -m include.eks_upgrade.plan`; the exit code."""
    return _run(_given("plan", "Plan an upgrade, as its first task does.", arguments), _print_plan)


def _given(command: str, description: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m include.eks_upgrade.{command}",
        description=description,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--cluster", default="", help="name of the cluster")
    parser.add_argument("--to", default="", help="Kubernetes minor; by default the next one")
    parser.add_argument("--region", default="", help="by default the AWS configuration's")
    parser.add_argument("--profile", default="", help="profile of the AWS configuration")
    parser.add_argument("--role-arn", default="", help="a role that is assumed with it")
    parser.add_argument(
        "--parameters", type=Path, metavar="FILE", help="JSON object of docs/parameters.md"
    )
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print JSON")
    forms.add_argument("--markdown", action="store_true", help="print the verdict as Markdown")
    if command == "preflight":
        parser.add_argument(
            "--write-schema", action="store_true", help=f"write {FILE} and do nothing else"
        )
    given, strange = parser.parse_known_args(arguments)
    if strange:
        known = [flag for action in parser._actions for flag in action.option_strings]
        meant = nearest(strange[0].partition("=")[0], known)
        parser.error(f"there is no {strange[0]}" + (f"; is {meant} meant?" if meant else ""))
    if not given.cluster and not getattr(given, "write_schema", False):
        parser.error("name the cluster with --cluster")
    return given


def _run(given: argparse.Namespace, show: Any) -> int:
    try:
        request = _request(given)
        with aws_errors_about(f"cluster {given.cluster!r}"):
            chain = own_chain(
                given.cluster, region=given.region, profile=given.profile, role_arn=given.role_arn
            )
            clients = chain.clients()
            # A role is assumed by the chain already; region and target are judged with the rest.
            seen = look(replace(request, region=clients.region), chain, clients)
    except UpgradeError as error:
        print(error, file=sys.stderr)
        return NOT_JUDGED
    code: int = show(given, seen, judged(seen))
    return code


def _request(given: argparse.Namespace) -> UpgradeRequest:
    """What is asked for.

    Raises:
        Refused: a parameter is none, or contradicts another.
    """
    parameters = _parameters(given.parameters) if given.parameters else {}
    named = {"cluster_name": given.cluster, "role_arn": given.role_arn, "region": given.region}
    together = {**parameters, **named, **({"target_version": given.to} if given.to else {})}
    # The region may be that of the AWS configuration, and is known only when that is read.
    wrong = [one for one in parameter_problems(together) if given.region or one.subject != "region"]
    if wrong:
        raise Refused("The cluster was not asked", wrong)
    return UpgradeRequest.from_params(together)


def _parameters(path: Path) -> dict[str, Any]:
    subject = f"--parameters {path}"
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        remedy = "give a file that holds one JSON object"
        raise refusal("The cluster was not asked", subject, str(error), remedy) from error
    if not isinstance(read, dict):
        what, remedy = f"it holds a {type(read).__name__}", "give a file that holds one JSON object"
        raise refusal("The cluster was not asked", subject, what, remedy)
    return read


def _print_verdict(given: argparse.Namespace, seen: Seen, outcomes: Outcomes) -> int:
    verdict = verdict_of(seen, outcomes)
    _print(given, verdict, verdict.as_json())
    return BLOCKED if verdict.blocked else NOTHING_BLOCKS


def _print(given: argparse.Namespace, verdict: Verdict, plain: Any) -> None:
    if given.json:
        print(json.dumps(plain, indent=2))
    elif given.markdown:
        print(render_preflight(verdict.as_json()).markdown, end="")
    else:
        print("\n".join(table(verdict)))


def _print_plan(given: argparse.Namespace, seen: Seen, outcomes: Outcomes) -> int:
    verdict = verdict_of(seen, outcomes)
    try:
        made = plan_of(seen, outcomes)
    except Refused as error:
        _print(given, verdict, verdict.as_json())
        print(error, file=sys.stderr)
        return BLOCKED
    if not given.json:
        print("\n".join(made.summary), end="\n\n")
    _print(given, verdict, made.as_json())
    return NOTHING_BLOCKS

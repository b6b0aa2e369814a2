"""Asking IAM which of the rights to come the caller has. Changes nothing, and fails for nothing."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.error_codes import DENIED
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.aws.rights.caller import Caller, caller_of
from include.eks_upgrade.aws.rights.right import AskedRights, AwsRight, DeniedRight
from include.eks_upgrade.aws.rights.simulation import Simulation, apart, simulations, verdicts
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.common.text import first_few

_SUBJECT = "the rights of the caller"
_NOT_TOGETHER = "require different authorization information"
"""Of the InvalidInput with which IAM refuses to simulate some actions in one call."""


def ask_rights(clients: AwsClients, rights: Collection[AwsRight]) -> AskedRights:
    """What the caller lacks, as IAM says by its policies; what could not be asked is a sentence.

    Args:
        clients: STS tells who asks, IAM what it may do; without them nothing is asked.
        rights: those of the calls to come.
    """
    if not rights or clients.iam is None or clients.sts is None:
        return AskedRights()
    denied: list[DeniedRight] = []
    unsure: list[tuple[AwsRight, str]] = []
    try:
        with aws_errors_about(_SUBJECT):
            caller = _caller(clients)
            if not caller.arn:
                return AskedRights(unknown=(_unasked(len(rights), caller.why),))
            for asked in simulations(rights):
                found = verdicts(asked, _simulate(clients.iam, caller, asked))
                denied += found.denied
                unsure += found.unsure
    except UpgradeError as error:
        # The next would have the same answer, after the same wait.
        why = str(error).splitlines()[-1].strip()
        return AskedRights(tuple(denied), (_unasked(len(rights), why),))
    return AskedRights(tuple(denied), _unsure(unsure))


def _caller(clients: AwsClients) -> Caller:
    caller = caller_of(str(clients.sts.get_caller_identity()["Arn"]))
    if not caller.role:
        return caller
    try:
        found = clients.iam.get_role(RoleName=caller.role)["Role"]["Arn"]
    except ClientError as error:
        # Without that right the role is taken to have no path, as most have none.
        if error_code(error) not in DENIED:
            raise
        return caller
    return replace(caller, arn=str(found))


def _simulate(iam: Any, caller: Caller, asked: Simulation) -> list[Any]:
    try:
        return _results(iam, caller, asked)
    except ClientError as error:
        # Which actions IAM takes together is documented nowhere; that each goes alone is sure.
        if len(asked.actions) == 1 or _NOT_TOGETHER not in error_message(error).lower():
            raise
    return [one for each in apart(asked) for one in _results(iam, caller, each)]


def _results(iam: Any, caller: Caller, asked: Simulation) -> list[Any]:
    pages = iam.get_paginator("simulate_principal_policy").paginate(**asked.arguments(caller.arn))
    return [result for page in pages for result in page.get("EvaluationResults", ())]


def _unasked(count: int, why: str) -> str:
    return (
        f"whether the caller has the {count} rights in AWS that this run needs could not be asked: "
        f"{why.rstrip('.')}; compare docs/permissions.md"
    )


def _unsure(unsure: Collection[tuple[AwsRight, str]]) -> tuple[str, ...]:
    if not unsure:
        return ()
    named = dict.fromkeys(f"{right.action} ({why})" for right, why in unsure)
    return (
        "whether the caller has these rights in AWS cannot be known beforehand: "
        f"{first_few(named, separator='; ')}",
    )

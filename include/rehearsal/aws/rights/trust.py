"""Whether a role lets a caller assume it: its trust policy, beside the caller's own rights.

AWS answers AccessDenied alike for a role that is not there, one that trusts others, and a wrong
external id: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html. While no
further account was opened nothing is looked at: who rehearses one account may assume roles that
nobody has made, as moto lets them.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.organizations import ORGANIZATION
from include.rehearsal.aws.rights.account import Caller, caller_of
from include.rehearsal.aws.rights.judgement import Denial
from include.rehearsal.aws.rights.policy import Asked, Resource, fits, listed

_ROLE = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/.+")


def refusal(key_id: str, region: str, body: Mapping[str, Any]) -> Denial | None:
    """Why AssumeRole is refused, None if it is not. Under the world's lock.

    Args:
        key_id: the access key that signed the call.
        region: of the signature.
        body: the call's parameters.
    """
    arn = str(body.get("RoleArn"))
    found = _ROLE.fullmatch(arn)
    if not found or not world().accounts:
        return None
    caller = caller_of(key_id, world().keys.account_of(key_id), region)
    if any(_lets_in(one, caller, arn, body) for one in _statements(found[1], region, arn)):
        return None
    return Denial(
        "AccessDenied",
        403,
        f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
    )


def _statements(account: str, region: str, arn: str) -> list[Mapping[str, Any]]:
    """Those of the role's trust policy; none for a role or an account that is not there."""
    if account not in {world().account, *world().accounts}:
        return []
    roles = iam_backends[account][get_partition(region)].roles.values()
    texts = [role.assume_role_policy_document for role in roles if role.arn == arn]
    return [one for text in texts for one in listed(json.loads(text or "{}").get("Statement", []))]


def _lets_in(
    statement: Mapping[str, Any], caller: Caller, arn: str, body: Mapping[str, Any]
) -> bool:
    principal = statement.get("Principal", {})
    named = listed(principal.get("AWS", []) if isinstance(principal, Mapping) else principal)
    known = {"*", caller.principal, caller.account, f"arn:aws:iam::{caller.account}:root"}
    context = {
        "aws:PrincipalArn": caller.principal,
        "aws:PrincipalOrgID": ORGANIZATION,
        **({"sts:ExternalId": str(body["ExternalId"])} if body.get("ExternalId") else {}),
    }
    asked = Asked("sts:AssumeRole", (Resource(arn),), context)
    fitting = bool(known & set(named)) and fits(statement, asked, Resource(arn))
    return fitting and statement["Effect"] == "Allow"

"""Whether a caller may make a call, and AWS's refusal if not."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from moto.iam.models import get_account_id_from

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.rights.account import Account, Caller, caller_of
from include.rehearsal.aws.rights.dependent import NODE_GROUP_SERVICE
from include.rehearsal.aws.rights.policy import Asked, Decision, Resource, decide
from include.rehearsal.aws.rights.requests import Question, questions
from include.rehearsal.callers import Statement


@dataclass(frozen=True)
class Denial:
    """A request that is not allowed: AWS's code, HTTP status and message."""

    code: str
    status: int
    message: str


@dataclass(frozen=True)
class Seen:
    """One call and all that AWS asked of its caller because of it."""

    caller: Caller
    service: str
    operation: str
    asked: tuple[Asked, ...]


FREE: Final = frozenset({"sts:GetCallerIdentity"})
"""What nobody has to be allowed."""


def judge(
    service: str, operation: str, key_id: str, region: str, body: Mapping[str, Any]
) -> Denial | None:
    """Why AWS refuses a call for want of rights, None if it does not. Under the world's lock.

    The call's own right first, then the dependent ones in the order of their table; which of them
    EKS looks at first is not known. Rights come before values here, as for AWS's own front doors.
    """
    callers = world().callers
    if not callers.policies and not callers.guardrails and callers.seen is None:
        return None
    number = get_account_id_from(key_id)
    caller = caller_of(key_id, number, region)
    account = Account(number, region)
    found = [
        one for one in questions(service, operation, body, account) if one.asked.action not in FREE
    ]
    if callers.seen is not None:
        asked = tuple(one.asked for one in found)
        callers.seen.append(Seen(caller, service, operation, asked))
    for one in found:
        denial = _denied(one, caller, service)
        if denial:
            return denial
    if operation == "CreateNodegroup":  # EKS makes the service-linked role, if there is none
        world().service_linked_roles.add(NODE_GROUP_SERVICE)
    return None


def decision(principal: str, asked: Asked, resource: Resource) -> tuple[Decision, bool]:
    """What IAM decides, and whether the organization's guardrails allow it."""
    callers = world().callers
    guarded = decide(callers.guardrails, asked, resource) == "explicitDeny"
    known = callers.of(principal)
    own: Decision = "allowed" if known is None else decide(known, asked, resource)
    return ("explicitDeny" if guarded else own), not guarded


def _denied(question: Question, caller: Caller, service: str) -> Denial | None:
    for resource in question.asked.judged:
        found, guarded = decision(caller.principal, question.asked, resource)
        if found != "allowed":
            return _refusal(question, caller, service, resource, _why(question, found, guarded))
    return None


def _why(question: Question, found: Decision, allowed_by_organization: bool) -> str:
    if not allowed_by_organization:
        return "with an explicit deny in a service control policy"
    if found == "explicitDeny":
        return "with an explicit deny in an identity-based policy"
    return f"because no identity-based policy allows the {question.asked.action} action"


def _refusal(
    question: Question, caller: Caller, service: str, resource: Resource, why: str
) -> Denial:
    row = question.row
    code, status, message = (
        (row.code, row.status, row.message) if row else OWN.get(service, OWN[""])
    )
    text = message.format(
        user=caller.arn,
        action=question.asked.action,
        resource=resource.arn,
        name=resource.arn.rpartition("/")[2],
        why=why,
        encoded=encode(caller, question.asked, resource, why),
    )
    return Denial(code, status, text)


_TO_PERFORM: Final = "User: {user} is not authorized to perform: {action} on resource: {resource}"
OWN: Final = {
    "eks": ("AccessDeniedException", 403, _TO_PERFORM),
    "ssm": ("AccessDeniedException", 400, f"{_TO_PERFORM} {{why}}"),
    "organizations": ("AccessDeniedException", 400, f"{_TO_PERFORM} {{why}}"),
    "service-quotas": ("AccessDeniedException", 400, f"{_TO_PERFORM} {{why}}"),
    "pricing": ("AccessDeniedException", 400, f"{_TO_PERFORM} {{why}}"),
    "arc-zonal-shift": ("AccessDeniedException", 403, f"{_TO_PERFORM} {{why}}"),
    "ec2": (
        "UnauthorizedOperation",
        403,
        f"You are not authorized to perform this operation. {_TO_PERFORM} {{why}}. Encoded "
        "authorization failure message: {encoded}",
    ),
    "": ("AccessDenied", 403, f"{_TO_PERFORM} {{why}}"),
}
"""By service: code, status and words when the call itself is not allowed."""


def encode(caller: Caller, asked: Asked, resource: Resource, why: str) -> str:
    """An encoded authorization failure message; AWS's own cannot be read without asking STS."""
    told = {
        "allowed": False,
        "explicitDeny": "explicit deny" in why,
        "matchedStatements": {"items": []},
        "context": {
            "principal": {"arn": caller.arn},
            "action": asked.action,
            "resource": resource.arn,
            "conditions": {"items": _conditions({**asked.context, **resource.context})},
        },
    }
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(told).encode())).decode()


def _conditions(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "values": {"items": [{"value": str(one)} for one in _many(values)]}}
        for key, values in context.items()
    ]


def _many(values: Any) -> Iterable[Any]:
    return [values] if isinstance(values, str) else values


def decode(encoded: str) -> str:
    """What `encode` made of it, as STS tells it.

    Raises:
        ValueError: it is no such message.
    """
    try:
        return zlib.decompress(base64.urlsafe_b64decode(encoded)).decode()
    except (ValueError, zlib.error) as error:
        raise ValueError("not an encoded authorization failure message") from error


def statements_of(principal: str) -> tuple[Statement, ...] | None:
    """The statements told of a principal; None for one who may do everything."""
    return world().callers.of(principal)

"""IAM: moto's, and SimulatePrincipalPolicy by the policies that were told of a caller.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html and
API_EvaluationResult.html: one result for each action, the decisions on single resources inside it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse
from moto.sts.models import sts_backends

from include.rehearsal.aws.current_world import urls, world
from include.rehearsal.aws.errors import AwsError
from include.rehearsal.aws.rights.account import USER
from include.rehearsal.aws.rights.judgement import decision, statements_of
from include.rehearsal.aws.rights.policy import Asked, Context, Decision, Resource, decide

URL_BASES = [r"https?://iam\.(.*\.)?amazonaws\.com"]
PAGE: Final = 100
_ENTITY = re.compile(r"arn:[\w-]+:iam::\d{12}:(role|user|group)/.+")
_STRICTEST: Final[tuple[Decision, ...]] = ("explicitDeny", "implicitDeny", "allowed")


class IamResponses(IamResponse):  # type: ignore[misc]  # moto is untyped
    """moto's operations, and the simulation of policies."""

    def simulate_principal_policy(self) -> ActionResult:
        """SimulatePrincipalPolicy.

        Raises:
            AwsError: InvalidInput for an ARN of no user, group or role; NoSuchEntity.
        """
        principal = str(self._get_param("PolicySourceArn"))
        _check(self.backend, principal)
        resources = self._get_param("ResourceArns") or []
        context = {
            str(one["ContextKeyName"]): [str(value) for value in one["ContextKeyValues"]]
            for one in self._get_param("ContextEntries") or []
        }
        start = int(self._get_param("Marker") or 0)
        size = int(self._get_param("MaxItems") or PAGE)
        asked = list(self._get_param("ActionNames"))
        results = [
            _result(principal, str(action), resources, context)
            for action in asked[start : start + size]
        ]
        more = start + size < len(asked)
        page = {"Marker": str(start + size)} if more else {}
        return ActionResult({"EvaluationResults": results, "IsTruncated": more, **page})


def _check(backend: Any, principal: str) -> None:
    if not _ENTITY.fullmatch(principal):
        raise AwsError("InvalidInput", f"Invalid Entity Arn: {principal}")
    if not _known(backend, principal):
        raise AwsError("NoSuchEntity", f"Entity with ARN {principal} cannot be found.")


def _known(backend: Any, principal: str) -> bool:
    """Roles and users that IAM has, and those that are only played here."""
    sessions = (role.role_arn for many in sts_backends.values() for one in many.values()
                for role in one.assumed_roles)  # fmt: skip
    arns = {*world().callers.policies, *sessions}
    arns |= {each.arn for each in (*backend.roles.values(), *backend.users.values())}
    return principal in arns or principal.endswith(f":user/{USER}")


def _result(
    principal: str, action: str, resources: Iterable[str], context: Context
) -> dict[str, Any]:
    asked = Asked(action, tuple(Resource(str(arn)) for arn in resources), context)
    found = [_on(principal, asked, each) for each in asked.judged]
    strictest = min((one["EvalResourceDecision"] for one in found), key=_STRICTEST.index)
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": asked.judged[0].arn if len(found) == 1 else "*",
        "EvalDecision": strictest,
        "MatchedStatements": [],
        "MissingContextValues": [] if asked.resources else found[0]["MissingContextValues"],
    }
    allowed = all(decision(principal, asked, each)[1] for each in asked.judged)
    if world().callers.guardrails:
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
    if asked.resources:
        result["ResourceSpecificResults"] = found
    return result


def _on(principal: str, asked: Asked, resource: Resource) -> dict[str, Any]:
    found, _ = decision(principal, asked, resource)
    return {
        "EvalResourceName": resource.arn,
        "EvalResourceDecision": found,
        "MatchedStatements": [],
        "MissingContextValues": sorted(_missing(principal, asked, resource)),
    }


def _missing(principal: str, asked: Asked, resource: Resource) -> Iterator[str]:
    """Condition keys of statements about this action and resource that were not given."""
    given = {key.lower() for key in (*asked.context, *resource.context)}
    for statement in statements_of(principal) or ():
        bare: Mapping[str, Any] = {k: v for k, v in statement.items() if k != "Condition"}
        if decide([bare], asked, resource) == "implicitDeny":
            continue
        for keys in statement.get("Condition", {}).values():
            yield from (key for key in keys if key.lower() not in given)


class IamService(IAMBackend):  # type: ignore[misc]  # moto is untyped
    """IAM of one partition."""

    @property
    def _url_module(self) -> SimpleNamespace:
        return urls(URL_BASES, "{0}/$", IamResponses)

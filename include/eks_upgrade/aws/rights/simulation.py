"""How IAM is asked about many rights in few calls, and what its answers say. Pure.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from include.eks_upgrade.aws.rights.right import AwsRight, Context, DeniedRight
from include.eks_upgrade.common.grouping import by_key
from include.eks_upgrade.common.raw import Raw


@dataclass(frozen=True)
class Simulation:
    """Rights that one call of SimulatePrincipalPolicy asks for: each action on each resource."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: Context
    rights: tuple[AwsRight, ...] = field(repr=False, default=())

    @property
    def exact(self) -> bool:
        """Whether each of the actions is wanted on each of the resources."""
        return len(self.rights) == len(self.actions) * len(self.resources)

    def arguments(self, principal: str) -> dict[str, Any]:
        """Keyword arguments of `simulate_principal_policy`."""
        asked: dict[str, Any] = {
            "PolicySourceArn": principal,
            "ActionNames": list(self.actions),
        }
        if self.resources != ("*",):
            asked["ResourceArns"] = list(self.resources)
        if self.context:
            asked["ContextEntries"] = [
                {
                    "ContextKeyName": key,
                    "ContextKeyValues": list(values),
                    "ContextKeyType": _type(key, values),
                }
                for key, values in self.context
            ]
        return asked


_LISTS = ("aws:TagKeys",)
_KIND = re.compile(r"^arn:[^:]*:([^:]*):[^:]*:[^:]*:([^:/]*)")
"""Of an ARN: its service, and what kind of thing it names."""


def _type(key: str, values: Sequence[str]) -> str:
    if key in _LISTS:
        return "stringList"
    return "boolean" if set(values) <= {"true", "false"} else "string"


def simulations(rights: Iterable[AwsRight]) -> list[Simulation]:
    """The rights in few calls: those of one context that are about things of one kind go together.

    IAM takes no actions together that "require different authorization information"; those of one
    service on one kind of resource are most alike. What is evaluated beyond the rights is not read.
    """
    actions: dict[tuple[str, Context], dict[str, None]] = {}
    known: dict[tuple[str, str, Context], AwsRight] = {}
    for right in rights:
        known.setdefault((right.action, right.resource, right.context), right)
        actions.setdefault((right.resource, right.context), {})[right.action] = None
    resources: dict[tuple[tuple[str, ...], bool, Context], list[str]] = {}
    for (resource, context), names in actions.items():
        resources.setdefault((tuple(names), resource == "*", context), []).append(resource)
    alike = [
        Simulation(
            names,
            tuple(many),
            context,
            tuple(known[name, one, context] for name in names for one in many),
        )
        for (names, _, context), many in resources.items()
    ]
    return [_joined(many) for many in by_key((_kind(one), one) for one in alike).values()]


def _kind(asked: Simulation) -> tuple[object, ...]:
    """What simulations have in common that go in one call; of what has no ARN, all it asks."""
    about = {tuple(_KIND.findall(arn)) for arn in asked.resources}
    services = {action.partition(":")[0] for action in asked.actions}
    if len(about) > 1 or len(services) > 1 or not asked.resources[0].startswith("arn:"):
        return asked.actions, asked.resources, asked.context
    return (*about, *services, asked.context)


def _joined(many: Sequence[Simulation]) -> Simulation:
    actions = dict.fromkeys(action for one in many for action in one.actions)
    resources = dict.fromkeys(arn for one in many for arn in one.resources)
    rights = tuple(right for one in many for right in one.rights)
    return Simulation((*actions,), (*resources,), many[0].context, rights)


def apart(asked: Simulation) -> list[Simulation]:
    """The same, each action in a call of its own."""
    return [replace(asked, actions=(action,)) for action in asked.actions]


@dataclass(frozen=True)
class Verdicts:
    """What IAM's results say: rights that are denied, and those of which they say nothing sure."""

    denied: tuple[DeniedRight, ...] = ()
    unsure: tuple[tuple[AwsRight, str], ...] = ()


def verdicts(asked: Simulation, results: Iterable[Raw]) -> Verdicts:
    """Read the results of one simulation.

    IAM answers one result for each action, with the decisions on single resources inside it; until
    2026 it answered one for each action and resource.

    A denial is none where conditions of the policies need keys that we could not give.
    """
    found = _by_right(results)
    denied: list[DeniedRight] = []
    unsure: list[tuple[AwsRight, str]] = []
    for right in asked.rights:
        action = right.action.lower()
        result = found.get((action, right.resource)) or _of_all(found.get((action, "*")), asked)
        if result is None:
            unsure.append((right, "IAM gave no result"))
        elif result.decision == "allowed":
            continue
        elif result.missing:
            unsure.append((right, f"its policies ask for {', '.join(result.missing)}"))
        else:
            denied.append(DeniedRight(right, result.by))
    return Verdicts(tuple(denied), tuple(unsure))


@dataclass(frozen=True)
class _Result:
    decision: str
    missing: tuple[str, ...]
    by: str


def _of_all(result: "_Result | None", asked: Simulation) -> "_Result | None":
    """What IAM says of an action on all resources, where it says something of each of them."""
    return result if result and (asked.exact or result.decision == "allowed") else None


def _by_right(results: Iterable[Raw]) -> dict[tuple[str, str], _Result]:
    found: dict[tuple[str, str], _Result] = {}
    for result in results:
        action = str(result.get("EvalActionName")).lower()
        for resource, decision, missing in _decisions(result):
            found[action, resource] = _Result(decision, missing, _denied_by(result, decision))
    return found


def _decisions(result: Raw) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(resource, decision, keys that were missing), of the whole and then of its parts."""
    whole = tuple(result.get("MissingContextValues") or ())
    resource = str(result.get("EvalResourceName") or "*")
    yield resource, str(result.get("EvalDecision")), whole
    for one in result.get("ResourceSpecificResults") or ():
        missing = tuple(one.get("MissingContextValues") or ())
        yield str(one.get("EvalResourceName")), str(one.get("EvalResourceDecision")), missing


def _denied_by(result: Raw, decision: str) -> str:
    organization = result.get("OrganizationsDecisionDetail") or {}
    boundary = result.get("PermissionsBoundaryDecisionDetail") or {}
    if organization.get("AllowedByOrganizations") is False:
        return "a service control policy of the organization"
    if boundary.get("AllowedByPermissionsBoundary") is False:
        return "the role's permissions boundary"
    return "an explicit deny in a policy" if decision == "explicitDeny" else ""

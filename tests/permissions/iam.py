"""What IAM would say: policy documents against single requests.

As much of the evaluation logic as the documents under `include/permissions/` use, and an error for
all else:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

Context = Mapping[str, str | Collection[str]]

REFERENCE = Path(__file__).parent / "service_authorization.json"


@dataclass(frozen=True)
class Resource:
    """One resource of a request: its ARN, and the condition keys that come with it."""

    arn: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request as IAM sees it; every resource must be allowed.

    Attributes:
        action: `service:Operation`.
        resources: empty for an action that knows none, which only `*` allows.
        context: condition keys of the request itself.
    """

    action: str
    resources: tuple[Resource, ...] = ()
    context: Context = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} on {', '.join(each.arn for each in self.resources) or '*'}"


@cache
def reference() -> dict[str, Any]:
    """The service authorization reference, as far as it is kept beside this file."""
    found: dict[str, Any] = json.loads(REFERENCE.read_text())
    return found


def listed(value: Any) -> list[Any]:
    """IAM's "one or a list of them" as a list."""
    return value if isinstance(value, list) else [value]


def allows(statements: Iterable[Mapping[str, Any]], asked: Asked) -> bool:
    """Whether statements that only allow (the caller sees to that) allow a request."""
    known = list(statements)
    wanted = asked.resources or (Resource("*"),)
    return all(any(_fits(statement, asked, resource) for statement in known) for resource in wanted)


def _fits(statement: Mapping[str, Any], asked: Asked, resource: Resource) -> bool:
    if statement["Effect"] != "Allow":
        raise ValueError(f"only Allow is understood: {statement}")
    patterns = listed(statement.get("Resource", "*"))  # a trust policy names none
    return (
        asked.action in listed(statement["Action"])
        and any(like(pattern, resource.arn) for pattern in patterns)
        and all(
            _holds(operator, key, listed(values), {**asked.context, **resource.context})
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def like(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for any characters, `?` for one."""
    found = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(found, text, re.DOTALL) is not None


def _holds(operator: str, key: str, values: list[str], context: Context) -> bool:
    if operator == "StringEquals":
        return context.get(key) in values
    if operator == "ForAllValues:StringLike":  # holds for no value at all, too
        return all(any(like(p, one) for p in values) for one in listed(context.get(key, [])))
    if operator == "ForAllValues:StringNotLike":
        return not any(like(p, one) for p in values for one in listed(context.get(key, [])))
    raise ValueError(f"condition operator {operator} is not understood")


def statements_of(text: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The statements of a policy, with the names of a place for its placeholders."""
    for placeholder, value in names.items():
        text = text.replace(placeholder, value)
    policy = json.loads(text)
    assert policy["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = listed(policy["Statement"])
    return found

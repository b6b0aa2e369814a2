"""What IAM would say: the statements of policies against single requests.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
What is not understood is an error, never an answer.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

Context = Mapping[str, str | Collection[str]]
Statement = Mapping[str, Any]
Decision = Literal["allowed", "explicitDeny", "implicitDeny"]


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

    @property
    def judged(self) -> tuple[Resource, ...]:
        """The resources, or `*` where there are none."""
        return self.resources or (Resource("*"),)


def listed(value: Any) -> list[Any]:
    """IAM's "one or a list of them" as a list."""
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def allows(known: Iterable[Statement], asked: Asked) -> bool:
    """Whether statements allow a request on all its resources."""
    given = list(known)
    return all(decide(given, asked, each) == "allowed" for each in asked.judged)


def decide(known: Iterable[Statement], asked: Asked, resource: Resource) -> Decision:
    """What statements say about a request on one of its resources."""
    effects = {one["Effect"] for one in known if fits(one, asked, resource)}
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def fits(statement: Statement, asked: Asked, resource: Resource) -> bool:
    """Whether a statement is about this request.

    Raises:
        ValueError: it has something that is not understood here.
    """
    unknown = set(statement) - _KNOWN
    if unknown:
        raise ValueError(f"not understood in a statement: {', '.join(sorted(unknown))}")
    return (
        _named(statement, "Action", asked.action, ignore_case=True)
        and _named(statement, "Resource", resource.arn)
        and all(
            _holds(operator, key, listed(values), {**asked.context, **resource.context})
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


_KNOWN: Final = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"}
)


def _named(statement: Statement, element: str, text: str, *, ignore_case: bool = False) -> bool:
    if f"Not{element}" in statement:
        named = listed(statement[f"Not{element}"])
        return not any(like(pattern, text, ignore_case=ignore_case) for pattern in named)
    named = listed(statement.get(element, "*"))  # a trust policy names no resource
    return any(like(pattern, text, ignore_case=ignore_case) for pattern in named)


def like(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """IAM's wildcards: `*` for any characters, `?` for one."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    found = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.compile(found, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _holds(operator: str, key: str, values: list[Any], context: Context) -> bool:
    given = _given(key, context)
    if operator == "Null":
        return all((given is None) is (str(value).lower() == "true") for value in values)
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    if name not in _OPERATORS or quantifier not in _QUANTIFIERS:
        raise ValueError(f"condition operator {operator} is not understood")
    if given is None:
        # Nothing given is also nothing that would differ.
        return quantifier == "ForAllValues" or name != rest or name in _NEGATED
    compare = _OPERATORS[name]
    wanted = [str(value) for value in values]
    if name in _NEGATED:
        fit = [all(compare(one, value) for value in wanted) for one in given]
    else:
        fit = [any(compare(one, value) for value in wanted) for one in given]
    return any(fit) if quantifier == "ForAnyValue" else all(fit)


def _given(key: str, context: Context) -> list[str] | None:
    """The request's values of a condition key, whose name has no case; None without it."""
    for name, value in context.items():
        if name.lower() == key.lower():
            return [str(one) for one in listed(value)]
    return None


_QUANTIFIERS: Final = ("", "ForAllValues", "ForAnyValue")
_OPERATORS: Final[dict[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda one, value: one == value,
    "StringNotEquals": lambda one, value: one != value,
    "StringEqualsIgnoreCase": lambda one, value: one.lower() == value.lower(),
    "StringLike": lambda one, value: like(value, one),
    "StringNotLike": lambda one, value: not like(value, one),
    "ArnEquals": lambda one, value: like(value, one),
    "ArnLike": lambda one, value: like(value, one),
    "ArnNotLike": lambda one, value: not like(value, one),
    "Bool": lambda one, value: one.lower() == value.lower(),
}
_NEGATED: Final = frozenset({"StringNotEquals", "StringNotLike", "ArnNotLike"})

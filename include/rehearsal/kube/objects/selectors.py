"""Label and field selectors, parsed and worded as apimachinery does.

Label selectors know the whole set syntax (`a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`,
`!a`, `a>1`, `a<1`); field selectors know `=`, `==` and `!=` on the fields a real server
supports for each kind.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from include.rehearsal.kube.objects.errors import bad_request
from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.raw import Raw

_SYMBOLS: Final = {
    ")": ")",
    ",": ",",
    "!": "!",
    "==": "==",
    "=": "=",
    ">": ">",
    "<": "<",
    "!=": "!=",
    "(": "(",
}
_WORDS: Final = {"in", "notin"}
_TOKEN: Final = re.compile(r"\s*(?:(==|!=|[)(,!=><])|([^\s)(,!=><]+))")
_VALUE: Final = re.compile(r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")


@dataclass(frozen=True)
class Requirement:
    """One term: `operator` is one of in, notin, =, !=, exists, !, gt, lt."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels satisfies the term."""
        present = self.key in labels
        if self.operator in ("=", "in"):
            return present and labels[self.key] in self.values
        if self.operator in ("!=", "notin"):
            return not present or labels[self.key] not in self.values
        if self.operator == "exists":
            return present
        if self.operator == "!":
            return not present
        return present and self._compares(labels[self.key])

    def _compares(self, value: str) -> bool:
        try:
            left, right = int(value), int(self.values[0])
        except ValueError:
            return False
        return left > right if self.operator == "gt" else left < right


@dataclass(frozen=True)
class LabelSelector:
    """All terms must hold; no term matches everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Whether an object with these labels is selected."""
        return all(term.matches(labels or {}) for term in self.requirements)

    @classmethod
    def parse(cls, text: str) -> "LabelSelector":
        """Read the query parameter `labelSelector`.

        Raises:
            ApiError: 400, with apimachinery's words.
        """
        return cls(tuple(_Parser(text).requirements()))

    @classmethod
    def from_object(cls, selector: Raw | None) -> "LabelSelector":
        """Read `spec.selector` of a workload or budget (matchLabels, matchExpressions)."""
        selector = selector or {}
        terms = [
            Requirement(key, "in", (value,))
            for key, value in (selector.get("matchLabels") or {}).items()
        ]
        names = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
        terms += [
            Requirement(each["key"], names[each["operator"]], tuple(each.get("values") or ()))
            for each in selector.get("matchExpressions") or ()
        ]
        return cls(tuple(terms))


class _Parser:
    """Recursive descent over the tokens, with the expectations apimachinery names."""

    def __init__(self, text: str) -> None:
        self.tokens = [symbol or word for symbol, word in _TOKEN.findall(text.strip())]
        self.position = 0

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.position += 1
        return token

    def requirements(self) -> list[Requirement]:
        terms: list[Requirement] = []
        while self.peek():
            if self.peek() in _SYMBOLS and self.peek() != "!":
                raise self._unexpected(self.peek(), "!, identifier, or 'end of string'")
            terms.append(self._requirement())
            following = self.take()
            if not following:
                break
            if following != ",":
                raise self._unexpected(following, "',' or 'end of string'")
            if not self.peek() or (self.peek() in _SYMBOLS and self.peek() != "!"):
                raise self._unexpected(self.peek(), "identifier after ','")
        return terms

    def _requirement(self) -> Requirement:
        absent = self.peek() == "!"
        if absent:
            self.take()
        key = self.take()
        if not key or key in _SYMBOLS:
            raise self._unexpected(key, "identifier")
        if absent:
            return Requirement(key, "!")
        if self.peek() in ("", ","):
            return Requirement(key, "exists")
        return self._comparison(key, self.take())

    def _comparison(self, key: str, operator: str) -> Requirement:
        if operator in _WORDS:
            return Requirement(key, operator, self._values())
        names = {"=": "=", "==": "=", "!=": "!=", ">": "gt", "<": "lt"}
        if operator not in names:
            raise self._unexpected(operator, "in, notin, =, ==, !=, gt, lt")
        value = "" if self.peek() in ("", ",") else self.take()
        if value in _SYMBOLS:
            raise self._unexpected(value, "identifier")
        return Requirement(key, names[operator], (_checked(key, value),))

    def _values(self) -> tuple[str, ...]:
        if self.take() != "(":
            raise self._unexpected(self.tokens[min(self.position, len(self.tokens)) - 1], "'('")
        values = [""]  # what stands between two commas counts, also when it is nothing
        while (part := self.take()) != ")":
            if not part or part == "(" or (part != "," and values[-1]):
                raise self._unexpected(part, "',' or ')'")
            if part == ",":
                values.append("")
            else:
                values[-1] = part
        return tuple(values)

    @staticmethod
    def _unexpected(found: str, expected: str) -> Exception:
        return bad_request(
            f"unable to parse requirement: found '{found}', expected: {expected}"
            if expected != "!, identifier, or 'end of string'"
            else f"found '{found}', expected: {expected}"
        )


def _checked(key: str, value: str) -> str:
    if len(value) > 63 or not _VALUE.match(value):
        raise bad_request(
            f'unable to parse requirement: values[0][{key}]: Invalid value: "{value}": a valid '
            "label must be an empty string or consist of alphanumeric characters, '-', '_' or "
            "'.', and must start and end with an alphanumeric character"
        )
    return value


_EVERY: Final = ("metadata.name", "metadata.namespace")
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "replicasets": ("status.replicas",),
    "jobs": ("status.successful",),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
}
_READERS: Final[Mapping[str, Callable[[Raw], Any]]] = {
    "source": lambda event: (
        (event.get("source") or {}).get("component") or event.get("reportingComponent")
    ),
    "status.successful": lambda job: (job.get("status") or {}).get("succeeded", 0),
}


@dataclass(frozen=True)
class FieldSelector:
    """Terms (field, negated, value) that must all hold."""

    terms: tuple[tuple[str, bool, str], ...] = ()

    def matches(self, obj: Raw) -> bool:
        """Whether the object is selected."""
        return all((_read(obj, path) == value) != negated for path, negated, value in self.terms)

    def wanted(self, path: str) -> str | None:
        """The one value `path` must have, when a term demands one; for indexes."""
        return next((v for each, negated, v in self.terms if each == path and not negated), None)

    @classmethod
    def parse(cls, text: str, plural: str) -> "FieldSelector":
        """Read the query parameter `fieldSelector` for a kind.

        Raises:
            ApiError: 400 for a term without operator or a field the kind does not support.
        """
        terms = [_field_term(part, text) for part in text.split(",") if part.strip()]
        for path, _, _ in terms:
            if path not in _EVERY and path not in _FIELDS.get(plural, ()):
                raise bad_request(_unsupported(path, plural))
        return cls(tuple(terms))


def _field_term(part: str, whole: str) -> tuple[str, bool, str]:
    for operator, negated in (("!=", True), ("==", False), ("=", False)):
        path, found, value = part.partition(operator)
        if found:
            return path.strip(), negated, value.strip()
    raise bad_request(
        f"invalid selector: '{whole}'; can't understand '{part}'"
        if part != whole
        else f"invalid field selector: '{whole}'; can't understand '{part}'"
    )


def _unsupported(path: str, plural: str) -> str:
    if plural in _FIELDS or not RESOURCES[plural].group:
        return f"field label not supported: {path}"
    return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _read(obj: Raw, path: str) -> str:
    if path in _READERS:
        return _as_text(_READERS[path](obj))
    value: Any = obj
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None and path in ("spec.unschedulable", "spec.hostNetwork"):
        return "false"
    return _as_text(value)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def selects(selector: Raw | None, labels: Mapping[str, str] | None) -> bool:
    """Whether a workload's or budget's selector object selects an object with these labels."""
    return LabelSelector.from_object(selector).matches(labels)

"""Label selectors as people type them, such as `app=web,tier in (front,back),!canary`.

The grammar is that of `labels.Parse` (k8s.io/apimachinery/pkg/labels/selector.go), which
kubectl uses for its selectors: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from include.eks_upgrade.common.errors import Problem, Refused

_TOKEN = re.compile(r"==|!=|[=!(),<>]|[^\s=!(),<>]+")
_SYMBOLS = frozenset({"==", "!=", "=", "!", "(", ")", ",", "<", ">"})
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_DNS = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NUMBER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One part of a selector.

    Attributes:
        key: the label's key.
        operator: `in` (also for `=` and `==`), `notin` (also for `!=`), `exists`, `absent`,
            `>` or `<`.
        values: what the label is compared with; empty for `exists` and `absent`.
    """

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels satisfy it; an absent label is `notin` every set."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value is not None and value in self.values
            case "notin":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "absent":
                return value is None
        if value is None or not _NUMBER.fullmatch(value):
            return False
        (limit,) = self.values
        return int(value) > int(limit) if self.operator == ">" else int(value) < int(limit)


@dataclass(frozen=True, slots=True)
class Selector:
    """Requirements that must all hold; without any it selects everything."""

    requirements: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(requirement.holds(labels) for requirement in self.requirements)


@lru_cache(maxsize=64)
def parse_selector(text: str) -> Selector:
    """Read a selector; the empty text selects everything.

    Raises:
        Refused: it is none, in the words of what is wrong with it.
    """
    try:
        return Selector(tuple(_Reader(text).requirements()))
    except ValueError as error:
        remedy = "write it as kubectl does, such as app=web,tier in (front,back),!canary"
        raise Refused(
            "This label selector cannot be read",
            [Problem(f"selector {text!r}", str(error), remedy)],
        ) from None


class _Reader:
    """Reads the tokens from left to right; ValueError says what was expected instead."""

    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def peek(self) -> str:
        """The next token, empty at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def word(self, expected: str) -> str:
        """The next token, which must be a key or a value."""
        token = self.take()
        if not token or token in _SYMBOLS:
            raise ValueError(f"found {token or 'its end'!r} where {expected} was expected")
        return token

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        if not self.tokens:
            return found
        while True:
            found.append(self.requirement())
            following = self.take()
            if not following:
                return found
            if following != ",":
                raise ValueError(f"found {following!r} where ',' or its end was expected")

    def requirement(self) -> Requirement:
        absent = self.peek() == "!"
        if absent:
            self.take()
        key = _checked_key(self.word("a label's key"))
        if absent or self.peek() in ("", ","):
            return Requirement(key, "absent" if absent else "exists")
        match self.take():
            case "=" | "==":
                return Requirement(key, "in", frozenset({self.exact()}))
            case "!=":
                return Requirement(key, "notin", frozenset({self.exact()}))
            case ("in" | "notin") as operator:
                return Requirement(key, operator, self.several())
            case (">" | "<") as operator:
                return Requirement(key, operator, frozenset({_checked_number(self.exact())}))
            case other:
                raise ValueError(f"found {other!r} where one of =, ==, !=, in, notin was expected")

    def exact(self) -> str:
        """What a label is compared with; nothing is the empty value, as in `app=`."""
        return "" if self.peek() in ("", ",") else _checked_value(self.word("a value"))

    def several(self) -> frozenset[str]:
        """`(a,b)`; an empty place, also that of `()`, is the empty value."""
        if (found := self.take()) != "(":
            raise ValueError(f"found {found or 'its end'!r} where '(' was expected")
        values = {self.place()}
        while (found := self.take()) == ",":
            values.add(self.place())
        if found != ")":
            raise ValueError(f"found {found or 'its end'!r} where ',' or ')' was expected")
        return frozenset(values)

    def place(self) -> str:
        return "" if self.peek() in (",", ")") else _checked_value(self.word("a value"))


def _checked_key(key: str) -> str:
    prefix, slash, name = key.rpartition("/")
    well_prefixed = not slash or (len(prefix) <= 253 and _DNS.fullmatch(prefix))
    if not _NAME.fullmatch(name) or not well_prefixed:
        raise ValueError(f"{key!r} is no label key")
    return key


def _checked_value(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is no label value")
    return value


def _checked_number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{value!r} is no whole number")
    return value

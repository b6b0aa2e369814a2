"""A waiver: a finding that a person has looked at and takes upon themselves, for so long.

Read of the parameter `waivers`, whose items may be anything at all: each mistake is told.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.text import nearest

KEYS = ("check", "object", "reason", "until")
LIKE = (
    'write it like {"check": "budgets", "object": "budget shop/*", "reason": "shop drains by hand",'
    ' "until": "2026-12-31"}'
)


@dataclass(frozen=True)
class Waiver:
    """One waiver.

    Attributes:
        check: name of the check.
        object: what its findings are about; `*` and `?` stand for more.
        reason: why it may go ahead all the same.
        until: the last day on which it holds, in UTC.
    """

    check: str
    object: str
    reason: str
    until: date

    def __str__(self) -> str:
        return f"the waiver of {self.check} for {self.object!r}"

    def covers(self, check: str, subject: str) -> bool:
        """Whether it is about this finding; upper and lower case count."""
        return check == self.check and fnmatchcase(subject, self.object)

    def holds(self, today: date) -> bool:
        """Whether its last day is not over."""
        return today <= self.until

    def as_json(self) -> dict[str, str]:
        """As in the parameter."""
        return {name: str(getattr(self, name)) for name in KEYS}


def read_waivers(
    given: Sequence[Any], names: Collection[str]
) -> tuple[tuple[Waiver, ...], list[Problem]]:
    """The waivers that can be read, and what is wrong with the others.

    Args:
        given: the items of the parameter.
        names: of the checks.
    """
    found: list[Waiver] = []
    problems: list[Problem] = []
    for number, item in enumerate(given, 1):
        wrong = _wrong(f"waivers, item {number}", item, names)
        problems += wrong
        if not wrong:
            check, about, reason, until = (str(item[name]).strip() for name in KEYS)
            found.append(Waiver(check, about, reason, date.fromisoformat(until)))
    return tuple(dict.fromkeys(found)), problems


def _wrong(subject: str, item: Any, names: Collection[str]) -> list[Problem]:
    if not isinstance(item, Mapping):
        return [Problem(subject, f"{item!r} is no object with {', '.join(KEYS)}", LIKE)]
    problems = [
        Problem(subject, f"it has no {name}", LIKE)
        for name in KEYS
        if not str(item.get(name) or "").strip()
    ]
    problems += [
        Problem(subject, f"{str(key)!r} is no part of a waiver", _meant(str(key), KEYS))
        for key in item
        if key not in KEYS
    ]
    check, until = str(item.get("check") or "").strip(), str(item.get("until") or "").strip()
    if check and check not in names:
        what = f"there is no check {check!r}"
        problems.append(Problem(subject, what, _meant(check, names)))
    if until and not _is_date(until):
        what = f"until is {until!r}, which is no date"
        problems.append(Problem(subject, what, "write the last day like 2026-12-31"))
    return problems


def _meant(word: str, known: Collection[str]) -> str:
    meant = nearest(word, known)
    return f"write {meant}" if meant else "leave it out, or see docs/preflight.md for all of them"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-12-31")

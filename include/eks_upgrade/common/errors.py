"""The error tree of the library, and the problem value that a refusal is made of.

    UpgradeError
    ├── Refused        a rule says no; nothing was touched; a retry answers the same, unless all
    │                  that it names passes by itself
    ├── LockHeld       another run holds the cluster
    ├── UpdateFailed   AWS reports that an update it was asked for has failed
    ├── Stuck          something did not come to its end; nothing was deleted because of it
    ├── Unreachable    AWS or Kubernetes did not answer or asked for patience: again in seconds
    ├── Busy           somebody else is at work on it, or it is not seen yet: again in minutes
    └── UnexpectedResponse  nobody foresaw it; its own words are shown, nothing more is changed

Each message says what happened, to which object, why, and what to do. The runbook
(docs/runbook.md) has a heading for each class; `retrying.py` says which of them are tried again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.text import unstopped


@dataclass(frozen=True)
class Problem:
    """One reason to stop: the object it is about, what is wrong, and what lifts it.

    `passes`: it is a state that ends by itself, such as UPDATING.
    """

    subject: str
    what: str
    remedy: str
    passes: bool = False

    def __str__(self) -> str:
        return f"{self.subject}: {unstopped(self.what)}. Remedy: {unstopped(self.remedy)}."


_INTRODUCES = re.compile(r":$|: \d+ problems?$")


def first_reason(message: str) -> str:
    """A failure's message in one line: its first, and of a refusal the first problem too."""
    first, *rest = [line.strip() for line in message.splitlines() if line.strip()] or [""]
    if rest and _INTRODUCES.search(first):
        return f"{first.removesuffix(':')}: {rest[0]}"
    return first


class UpgradeError(Exception):
    """Base of everything this library raises on purpose."""


class Refused(UpgradeError):
    """A rule says no. All problems are named at once, and nothing was touched.

    `credentials`: it is about who asks, so fresh credentials may be answered differently.
    `tries`: what lifts it may be on its way, so that as many tries are worth while; None: as its
    problems say.
    """

    def __init__(
        self,
        title: str,
        problems: Iterable[Problem],
        *,
        credentials: bool = False,
        tries: int | None = None,
    ) -> None:
        self.title = title
        self.problems = tuple(problems)
        self.credentials = credentials
        self.tries = tries
        lines = [f"{title}: {counted(len(self.problems), 'problem')}"]
        lines += [f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1)]
        super().__init__("\n".join(lines))

    @property
    def passes(self) -> bool:
        """Whether time alone lifts all of it."""
        return bool(self.problems) and all(problem.passes for problem in self.problems)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way between processes."""
        kept = {"credentials": self.credentials, "tries": self.tries}
        return type(self), (self.title, self.problems), kept


def refusal(title: str, subject: str, what: str, remedy: str) -> Refused:
    """A refusal for one reason."""
    return Refused(title, [Problem(subject, what, remedy)])


class LockHeld(UpgradeError):
    """Another run holds the cluster's lock."""


class UpdateFailed(UpgradeError):
    """AWS reports that an update it was asked for has failed or was cancelled."""


class Stuck(UpgradeError):
    """Something did not come to its end. Nothing was deleted because of that.

    `result` is what had been done until then, as JSON (`DrainResult.as_json`), where there is one.
    """

    def __init__(self, message: str, result: Mapping[str, Any] | None = None) -> None:
        self.result = result
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way between processes."""
        return type(self), (str(self), self.result)


class Unreachable(UpgradeError):
    """AWS or Kubernetes did not answer, or asked for patience. A retry is useful."""


class Busy(UpgradeError):
    """Somebody else is at work on the same thing, AWS has no capacity now, or does not see it yet.

    `tries` is how many tries are worth while, None without a bound.
    """

    def __init__(self, message: str, tries: int | None = None) -> None:
        self.tries = tries
        super().__init__(message)

    def __reduce__(self) -> tuple[type["Busy"], tuple[str, int | None]]:
        """Survive the way between processes."""
        return type(self), (str(self), self.tries)


class UnexpectedResponse(UpgradeError):
    """An answer nobody foresaw. Its own words are shown, and nothing more is changed."""

"""The error tree of the library, and the problem value that a refusal is made of.

    UpgradeError
    ├── Refused        a rule says no; nothing was touched; a retry answers the same
    ├── LockHeld       another run holds the cluster
    ├── UpdateFailed   AWS reports that an update it was asked for has failed
    ├── Stuck          something did not come to its end; nothing was deleted because of it
    ├── Unreachable    AWS or Kubernetes did not answer or asked for patience; a retry is useful
    └── Surprise       an answer nobody foresaw; its own words are shown and nothing more is changed

Each message says what happened, to which object, why, and what to do. The runbook
(docs/runbook.md) has a heading for each class.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One reason to stop: the object it is about, what is wrong, and what lifts it."""

    subject: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}. Remedy: {self.remedy}."


class UpgradeError(Exception):
    """Base of everything this library raises on purpose."""


class Refused(UpgradeError):
    """A rule says no. All problems are told at once, and nothing was touched."""

    def __init__(self, title: str, problems: Iterable[Problem]) -> None:
        self.title = title
        self.problems = tuple(problems)
        lines = [f"{title} ({len(self.problems)} problem(s)):"]
        lines += [f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1)]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["Refused"], tuple[str, tuple[Problem, ...]]]:
        """Survive the way between processes."""
        return type(self), (self.title, self.problems)


class LockHeld(UpgradeError):
    """Another run holds the cluster's lock."""


class UpdateFailed(UpgradeError):
    """AWS reports that an update it was asked for has failed or was cancelled."""


class Stuck(UpgradeError):
    """Something did not come to its end. Nothing was deleted because of that."""


class Unreachable(UpgradeError):
    """AWS or Kubernetes did not answer, or asked for patience. A retry is useful."""


class Surprise(UpgradeError):
    """An answer nobody foresaw. Its own words are shown, and nothing more is changed."""

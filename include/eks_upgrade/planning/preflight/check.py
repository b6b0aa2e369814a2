"""A check of the preflight: one question about a cluster, its answer, and how much it weighs.

A check is a pure function of what was read (`seen.py`). What it needs may not have been readable:
then the check says that it is not known, and hides no other. Unknown is not passed.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.reading import NotAsked, NotKnown, NotNeeded
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.preflight.waiver import Waiver

log = logging.getLogger(__name__)


class Severity(StrEnum):
    """What a finding means for the upgrade."""

    BLOCKS = "blocks"
    """A later task would refuse, or get stuck: the plan refuses."""
    WARNS = "warns"
    """It can go ahead, and may hurt."""
    INFORMS = "informs"
    """Worth to know."""


@dataclass(frozen=True)
class Finding:
    """One thing that a check has found.

    Attributes:
        subject: the object that it is about, as a waiver names it: `budget shop/web`.
        what, remedy: as those of `Problem`.
        passes: it is a state that ends by itself, such as UPDATING.
        whole: `what` is a sentence that names by itself what it is about.
        waiver: the one that a person gave for it, where one holds.
    """

    severity: Severity
    subject: str
    what: str
    remedy: str
    passes: bool = False
    whole: bool = False
    waiver: Waiver | None = None

    @property
    def weight(self) -> "Severity":
        """What it means with its waiver: a waived one weighs one less."""
        if self.waiver is None:
            return self.severity
        return Severity.WARNS if self.severity is Severity.BLOCKS else Severity.INFORMS

    @property
    def problem(self) -> Problem:
        """The finding as a reason to stop."""
        return Problem(self.subject, self.what, self.remedy, self.passes)

    @property
    def text(self) -> str:
        """The finding in a line: what it is about, what is wrong, what lifts it."""
        what = unstopped(self.what) if self.whole else f"{self.subject}: {unstopped(self.what)}"
        line = f"{what}. Remedy: {unstopped(self.remedy)}." if self.remedy else what
        if self.waiver is None:
            return line
        until, reason = self.waiver.until, unstopped(self.waiver.reason)
        return f"WAIVED until {until}, because: {reason}. It was found: {line}"


Judge = Callable[[Seen], Iterable[Finding]]
"""What is found; nothing found is a pass.

Raises `NotKnown`, most often by `Seen.of`, where what it needs was not read.
"""


@dataclass(frozen=True)
class Check:
    """One question.

    Attributes:
        name: `admission_webhooks`; what a waiver names, and the title of its chapter in
            docs/preflight.md.
        asks: the question in a sentence that ends with a question mark.
        source: where it is written that this stops or hurts an upgrade: addresses of documents,
            or words such as "seen on a real API server".
        may_be_waived: False where a later task would refuse the same whatever a person says.
    """

    name: str
    asks: str
    source: str
    judge: Judge
    may_be_waived: bool = True


@dataclass(frozen=True)
class Outcome:
    """What came of one check.

    Attributes:
        findings: also those that were made before something was not known.
        unknown: why it is not known, or not all of it; empty where it is.
        left_out: who called did not ask for what it needs, so there is nothing to warn of.
    """

    check: Check
    findings: tuple[Finding, ...] = ()
    unknown: str = ""
    left_out: bool = False


@dataclass(frozen=True)
class Outcomes:
    """What came of all checks, in the order of the list."""

    all: tuple[Outcome, ...] = field(default_factory=tuple)

    def findings(self, severity: Severity) -> tuple[Finding, ...]:
        """Those that weigh so much, with their waivers, in order."""
        return tuple(
            finding
            for outcome in self.all
            for finding in outcome.findings
            if finding.weight is severity
        )

    @property
    def unknown(self) -> tuple[str, ...]:
        """What could not be judged although it was asked for, a line each."""
        return tuple(
            f"{one.check.name}: not known, which is not the same as passed: {one.unknown}"
            for one in self.all
            if one.unknown and not one.left_out
        )


def judge_all(checks: Iterable[Check], seen: Seen) -> Outcomes:
    """Every check's outcome; one that cannot be judged hides no other."""
    return Outcomes(tuple(_outcome(check, seen) for check in checks))


def _failed(error: Exception) -> Finding:
    """A mistake in a check itself: what it would have found is not known, so it counts as bad."""
    return Finding(
        Severity.BLOCKS,
        "the check itself",
        f"it failed with {type(error).__name__}: {error}, so it has judged nothing",
        "report this; until it is mended, look at what the check asks by hand and waive it",
    )


def _outcome(check: Check, seen: Seen) -> Outcome:
    found: list[Finding] = []
    try:
        # `extend` keeps what came before something was not known; `list` would lose it.
        found.extend(check.judge(seen))
    except NotNeeded:
        return Outcome(check, tuple(found))
    except NotKnown as error:
        return Outcome(check, tuple(found), str(error), isinstance(error, NotAsked))
    except Exception as error:
        if not check.may_be_waived:
            raise
        log.exception("the check %s failed", check.name)
        found.append(_failed(error))
    return Outcome(check, tuple(found))

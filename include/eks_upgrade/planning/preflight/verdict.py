"""What a preflight comes to, as data: every check, what it found, and what stays unknown.

For people it is worded by `verdict_table.py` and `report/preflight.py`; its JSON is described by
docs/preflight.schema.json (`verdict_schema.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.planning.preflight.check import Finding, Outcome, Outcomes, Severity
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.preflight.waiver import KEYS, Waiver

SCHEMA = 1
"""Of the JSON. It changes when a verdict of before cannot be read any more."""

UNKNOWN, PASSED = "unknown", "passed"
STATUSES = (*map(str, Severity), UNKNOWN, PASSED)
"""What a check can come to, the worst first."""


@dataclass(frozen=True, kw_only=True)
class CheckVerdict:
    """What came of one check; see `Outcome`."""

    name: str
    asks: str
    source: str
    findings: tuple[Finding, ...] = ()
    unknown: str = ""

    @property
    def status(self) -> str:
        """One of `STATUSES`: the heaviest finding; without one that blocks, what is unknown."""
        weights = {one.weight for one in self.findings}
        if Severity.BLOCKS in weights:
            return Severity.BLOCKS
        if self.unknown:
            return UNKNOWN
        return next((one for one in Severity if one in weights), PASSED)

    def as_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "name": self.name,
            "asks": self.asks,
            "source": self.source,
            "status": str(self.status),
            "unknown": self.unknown,
            "findings": [_finding_json(one) for one in self.findings],
        }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of all checks.

    Attributes:
        judged_at: when the cluster was looked at, as ISO 8601.
        checks: in the order of the list.
    """

    cluster: str
    region: str
    from_version: str
    to_version: str
    judged_at: str
    checks: tuple[CheckVerdict, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether the plan would be refused."""
        return any(one.status == Severity.BLOCKS for one in self.checks)

    def of_status(self, status: str) -> tuple[CheckVerdict, ...]:
        """The checks that came to this."""
        return tuple(one for one in self.checks if one.status == status)

    def findings(self, severity: Severity) -> Iterator[tuple[CheckVerdict, Finding]]:
        """The findings that weigh so much, each with its check."""
        for check in self.checks:
            for finding in check.findings:
                if finding.weight is severity:
                    yield check, finding

    def told_once(self, severity: Severity) -> Iterator[tuple[CheckVerdict, Finding]]:
        """The same for people: what a check says of several objects in the same words is one.

        Its object is then all of theirs, parted by semicolons.
        """
        alike: dict[tuple[object, ...], list[tuple[CheckVerdict, Finding]]] = {}
        for check, one in self.findings(severity):
            # A sentence that names its object itself is about that one alone.
            own = one.subject if one.whole else ""
            key = (check.name, one.what, one.remedy, one.waiver, own)
            alike.setdefault(key, []).append((check, one))
        for group in alike.values():
            check, first = group[0]
            subjects = dict.fromkeys(one.subject for _, one in group)
            yield check, replace(first, subject="; ".join(subjects))

    @property
    def summary(self) -> str:
        """How many checks came to what, in a phrase."""
        counts = {status: len(self.of_status(status)) for status in STATUSES}
        told = ", ".join(f"{count} {_WORDS[status]}" for status, count in counts.items() if count)
        return f"{len(self.checks)} checks: {told}" if told else "no check"

    def as_json(self) -> dict[str, Any]:
        """As plain JSON; docs/preflight.schema.json describes it."""
        return {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in _TEXTS},
            "blocked": self.blocked,
            "checks": [one.as_json() for one in self.checks],
        }

    @classmethod
    def from_json(cls, plain: Any) -> "Verdict":
        """Read what `as_json` wrote; keys that are not known are passed over.

        Raises:
            Refused: another release wrote it, or it is not whole.
        """
        if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
            found = plain.get("schema") if isinstance(plain, dict) else type(plain).__name__
            raise _unreadable(f"it has the schema {found!r}, and this release reads {SCHEMA}")
        try:
            texts = {name: str(plain[name]) for name in _TEXTS}
            return cls(**texts, checks=tuple(map(_check, plain["checks"])))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(f"it is not whole: {type(error).__name__} {error}") from error


_TEXTS = ("cluster", "region", "from_version", "to_version", "judged_at")
_WORDS = {
    Severity.BLOCKS: "block",
    Severity.WARNS: "warn",
    Severity.INFORMS: "inform",
    UNKNOWN: "not known",
    PASSED: "passed",
}


def verdict_of(seen: Seen, outcomes: Outcomes) -> Verdict:
    """The verdict on what was seen."""
    return Verdict(
        cluster=seen.request.cluster,
        region=seen.request.region,
        from_version=str(seen.facts.present),
        to_version=str(seen.target),
        judged_at=seen.moment.isoformat(timespec="seconds"),
        checks=tuple(_of(one) for one in outcomes.all),
    )


def _of(outcome: Outcome) -> CheckVerdict:
    check = outcome.check
    return CheckVerdict(
        name=check.name,
        asks=check.asks,
        source=check.source,
        findings=outcome.findings,
        unknown=outcome.unknown,
    )


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "severity": str(finding.severity),
        "weight": str(finding.weight),
        "object": finding.subject,
        "what": finding.what,
        "remedy": finding.remedy,
        "passes": finding.passes,
        "whole": finding.whole,
        "waiver": finding.waiver.as_json() if finding.waiver else None,
    }


def _check(plain: Raw) -> CheckVerdict:
    return CheckVerdict(
        name=str(plain["name"]),
        asks=str(plain["asks"]),
        source=str(plain["source"]),
        findings=tuple(map(_finding, plain["findings"])),
        unknown=str(plain["unknown"]),
    )


def _finding(plain: Raw) -> Finding:
    return Finding(
        Severity(plain["severity"]),
        str(plain["object"]),
        str(plain["what"]),
        str(plain["remedy"]),
        passes=bool(plain["passes"]),
        whole=bool(plain["whole"]),
        waiver=_waiver(plain["waiver"]) if plain["waiver"] else None,
    )


def _waiver(plain: Raw) -> Waiver:
    check, about, reason, until = (str(plain[name]) for name in KEYS)
    return Waiver(check, about, reason, date.fromisoformat(until))


def _unreadable(what: str) -> Exception:
    remedy = "run the preflight again with this release"
    return refusal("The verdict of a preflight cannot be read", "verdict", what, remedy)

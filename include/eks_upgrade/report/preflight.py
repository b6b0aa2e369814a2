"""A preflight's verdict as a report for people: Markdown and one HTML page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common import markdown
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.verdict import PASSED, Verdict
from include.eks_upgrade.report.html import page
from include.eks_upgrade.report.redaction import without_secrets
from include.eks_upgrade.report.render import Rendered, place

TITLES = {
    Severity.BLOCKS: "What blocks",
    Severity.WARNS: "What may hurt",
    Severity.INFORMS: "Worth to know",
}


@dataclass(frozen=True)
class Row:
    """A finding, as a row of a table."""

    check: str
    object: str
    what: str
    remedy: str
    waiver: str = ""


@dataclass(frozen=True, kw_only=True)
class PreflightReport:
    """All that the page says.

    Attributes:
        kind: of the headline's colour.
        sections: title and rows, the heaviest first; only those with a row.
        unknown: check and why it is not known.
        passed: names of checks.
        url, others, docs: addresses of the run, of all reports, of the documentation; or empty.
    """

    title: str
    kind: str
    outcome: str
    summary: str
    versions: str
    cluster: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[tuple[str, tuple[Row, ...]], ...]
    unknown: tuple[tuple[str, str], ...]
    passed: tuple[str, ...]
    url: str = ""
    others: str = ""
    docs: str = ""


@dataclass(frozen=True)
class Addresses:
    """What the page links to."""

    url: str = ""
    others: str = ""
    docs: str = ""


NOWHERE = Addresses()


def report_of(plain: Any, addresses: Addresses = NOWHERE) -> PreflightReport:
    """What the report of a verdict says.

    Args:
        plain: the verdict as JSON; whatever could be a credential is taken out of it.
        addresses: what it links to.

    Raises:
        Refused: it cannot be read.
    """
    verdict = Verdict.from_json(without_secrets(plain))
    blocked = len(list(verdict.told_once(Severity.BLOCKS)))
    unknown = tuple((one.name, one.unknown) for one in verdict.checks if one.unknown)
    outcome = _outcome(blocked, len(unknown))
    versions = f"{verdict.from_version} → {verdict.to_version}"
    sections = ((TITLES[one], tuple(_rows(verdict, one))) for one in Severity)
    return PreflightReport(
        title=f"{verdict.cluster} {versions}: {outcome}",
        kind="refused" if blocked else "planned",
        outcome=outcome,
        summary=verdict.summary,
        versions=versions,
        cluster=verdict.cluster,
        facts=(
            ("Cluster", verdict.cluster),
            ("Region", verdict.region),
            ("Judged at", verdict.judged_at),
        ),
        sections=tuple(one for one in sections if one[1]),
        unknown=unknown,
        passed=tuple(one.name for one in verdict.of_status(PASSED)),
        **vars(addresses),
    )


def render_preflight(plain: Any, addresses: Addresses = NOWHERE) -> Rendered:
    """The two forms of the report of a verdict, and what a list of reports shows of it."""
    report = report_of(plain, addresses)
    summary = {
        "cluster": report.cluster,
        "place": place(report.facts),
        "versions": report.versions,
        "outcome": report.outcome,
        "kind": report.kind,
    }
    return Rendered(as_markdown(report), page("preflight.html.jinja", report=report), summary)


def _outcome(blocked: int, unknown: int) -> str:
    if blocked:
        return f"preflight, {blocked} in the way"
    return f"preflight, nothing in the way, {unknown} not known" if unknown else "preflight passed"


def _rows(verdict: Verdict, severity: Severity) -> Iterator[Row]:
    for check, finding in verdict.told_once(severity):
        waiver = finding.waiver
        told = f"until {waiver.until}, because: {waiver.reason}" if waiver else ""
        yield Row(check.name, finding.subject, finding.what, finding.remedy, told)


def as_markdown(report: PreflightReport) -> str:
    """The report as Markdown; nothing from outside is taken for markup."""
    return "\n\n".join(part for part in _parts(report) if part) + "\n"


def _parts(report: PreflightReport) -> Iterator[str]:
    yield f"# {markdown.text(report.title)}"
    yield markdown.text(report.summary)
    for title, rows in report.sections:
        yield f"## {title}"
        yield markdown.table(
            ("Check", "Object", "What", "Remedy", "Waived"),
            [(row.check, row.object, row.what, row.remedy, row.waiver) for row in rows],
        )
    if report.unknown:
        yield "## Not known, which is not the same as passed"
        yield markdown.table(("Check", "Why"), report.unknown)
    if report.passed:
        yield "## Passed"
        yield markdown.text(", ".join(report.passed))
    yield "## Run"
    yield markdown.table(("", ""), report.facts)

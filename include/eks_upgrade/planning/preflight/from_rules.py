"""The rules that a plan is judged by, as findings: a rule returns problems, or sentences."""

from collections.abc import Iterable, Iterator

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.planning.preflight.check import Finding, Severity
from include.eks_upgrade.planning.survey.findings import Findings, Told


def blocking(problems: Iterable[Problem]) -> Iterator[Finding]:
    """Problems as findings that refuse the plan."""
    for one in problems:
        yield Finding(Severity.BLOCKS, one.subject, one.what, one.remedy, one.passes)


def warning(subject: str, sentences: Iterable[str]) -> Iterator[Finding]:
    """Sentences, each of which names what it is about, as warnings about `subject`."""
    for one in sentences:
        yield Finding(Severity.WARNS, subject, str(one), "", whole=True)


def informing(subject: str, sentences: Iterable[str]) -> Iterator[Finding]:
    """The same as what is worth to know."""
    for one in sentences:
        yield Finding(Severity.INFORMS, subject, one, "", whole=True)


def of_survey(found: Findings) -> Iterator[Finding]:
    """What a rule of the survey says."""
    yield from blocking(found.problems)
    for one in found.warnings:
        yield from warning(one.about if isinstance(one, Told) else "the pods", [one])
    yield from informing("the pods", found.notes)

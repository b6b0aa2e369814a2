"""A verdict as lines of a log or a terminal, 100 columns wide: what is bad comes first.

Only a word that is longer than that, such as an ARN, stands out.
"""

import textwrap
from collections.abc import Iterator

from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.verdict import PASSED, UNKNOWN, Verdict

WIDTH = 100
"""Columns of the table."""

_SEVERITY, _CHECK = 9, 24


def table(verdict: Verdict, width: int = WIDTH) -> list[str]:
    """The lines: what blocks, what is not known, what warns, what informs, and what passed.

    The last line names again what blocks, for a terminal shows the end of a long table.
    """
    rows = [*_rows(verdict)]
    passed, blocking = (_names(verdict, status) for status in (PASSED, Severity.BLOCKS))
    return [
        f"preflight of {verdict.cluster} in {verdict.region or 'its region'}: "
        f"{verdict.from_version} -> {verdict.to_version}",
        verdict.summary,
        *(line for row in rows for line in _lines(*row, width)),
        *(_lines("passed", "", passed, width) if passed else ()),
        *(_lines("BLOCKED", "", f"by {blocking}", width) if blocking else ()),
    ]


def _names(verdict: Verdict, status: str) -> str:
    return ", ".join(one.name for one in verdict.of_status(status))


def _rows(verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    """Severity, check, and what is to be said."""
    for check, finding in verdict.told_once(Severity.BLOCKS):
        yield "BLOCKS", check.name, finding.text
    for check in verdict.checks:
        if check.unknown:
            yield UNKNOWN.upper(), check.name, check.unknown
    for severity in (Severity.WARNS, Severity.INFORMS):
        for check, finding in verdict.told_once(severity):
            yield str(severity), check.name, finding.text


def _lines(severity: str, check: str, text: str, width: int) -> Iterator[str]:
    """A row of the table; a check with a long name has a line of its own."""
    first = f"{severity:<{_SEVERITY}}{check}"
    beside = len(check) < _CHECK
    indent = " " * (_SEVERITY + (_CHECK if check and beside else 2))
    if not beside:
        yield first
    told = textwrap.wrap(
        " ".join(text.split()),
        max(width - len(indent), 20),
        break_on_hyphens=False,
        break_long_words=False,  # an ARN in a command is to be copied
    )
    for number, line in enumerate(told or [""]):
        start = first if beside and number == 0 else ""
        yield f"{start:<{len(indent)}}{line}".rstrip()

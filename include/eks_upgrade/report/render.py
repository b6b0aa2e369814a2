"""From the record of a run to the two forms that people read; where they are kept is not ours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.report.build import ACCOUNT, REGION, build_report
from include.eks_upgrade.report.html import as_html
from include.eks_upgrade.report.markdown import as_markdown
from include.eks_upgrade.report.model import Report


@dataclass(frozen=True)
class Rendered:
    """The two forms of one report.

    Attributes:
        summary: what a list of reports shows: `cluster`, `place`, `versions`, `outcome`, `kind`.
            The place is account and region, as far as they are known: names are not unique.
    """

    markdown: str
    html: str
    summary: Mapping[str, str]


def render_report(record: Mapping[str, Any]) -> Rendered:
    """The report of a record, as `record.py` describes it."""
    return rendered(build_report(record))


def rendered(report: Report) -> Rendered:
    """A report in its forms."""
    head = report.headline
    summary = {
        "cluster": report.cluster,
        "place": place(report.facts),
        "versions": head.versions,
        "outcome": head.outcome,
        "kind": head.kind,
    }
    return Rendered(as_markdown(report), as_html(report), summary)


def place(facts: Iterable[tuple[str, str]]) -> str:
    """Account and region, as far as a report knows them."""
    known = dict(facts)
    return " ".join(filter(None, (known.get(ACCOUNT), known.get(REGION))))

"""From the record of a run to the two forms that people read; where they are kept is not ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.report.build import build_report
from include.eks_upgrade.report.html import as_html
from include.eks_upgrade.report.markdown import as_markdown


@dataclass(frozen=True)
class Rendered:
    """The two forms of one report."""

    markdown: str
    html: str


def render_report(record: Mapping[str, Any]) -> Rendered:
    """The report of a record, as `record.py` describes it."""
    report = build_report(record)
    return Rendered(as_markdown(report), as_html(report))

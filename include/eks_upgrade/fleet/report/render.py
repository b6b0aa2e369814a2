"""From the record of a fleet's run to the two forms that people read."""

from pathlib import Path

from include.eks_upgrade.fleet.report.build import build_report
from include.eks_upgrade.fleet.report.markdown import as_markdown
from include.eks_upgrade.fleet.report.record import FleetRecord
from include.eks_upgrade.report.html import page
from include.eks_upgrade.report.render import Rendered


def render_fleet_report(record: FleetRecord) -> Rendered:
    """The report of a run of the fleet, and what a list of reports shows of it."""
    report = build_report(record)
    summary = {
        "cluster": "the fleet",
        "versions": "",
        "outcome": report.headline.outcome,
        "kind": report.headline.kind,
    }
    html = page("fleet.html.jinja", folder=Path(__file__).parent, report=report)
    return Rendered(as_markdown(report), html, summary)

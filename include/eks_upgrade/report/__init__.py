"""The account of one run, for people: Markdown and a self-contained HTML page.

`record` is what is known of a run, `model` what a report holds; `build` and `advice` decide it
(pure functions), `markdown` and `html` put it into words, `write` puts it on disk. Nothing
here asks AWS, Kubernetes or Airflow: the caller hands in a record.
"""

from include.eks_upgrade.report.build import build_report
from include.eks_upgrade.report.model import Report
from include.eks_upgrade.report.write import ReportPaths, write_report

__all__ = ["Report", "ReportPaths", "build_report", "write_report"]

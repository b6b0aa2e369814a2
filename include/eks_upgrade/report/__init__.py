"""The account of one run, for people: Markdown and a self-contained HTML page.

`record` is what is known of a run, `model` what a report holds; `build` and `advice` decide it
(pure functions), `markdown` and `html` put it into words, `render` does all of it. Nothing here
asks AWS, Kubernetes or Airflow or touches a disk: the caller hands in a record and keeps the text.
"""

from include.eks_upgrade.report.build import build_report
from include.eks_upgrade.report.model import Report
from include.eks_upgrade.report.render import Rendered, render_report

__all__ = ["Rendered", "Report", "build_report", "render_report"]

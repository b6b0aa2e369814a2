"""A report as one HTML page that needs nothing else: no scripts, no fonts, no requests."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from include.eks_upgrade.report.durations import duration_text
from include.eks_upgrade.report.model import Report


def as_html(report: Report) -> str:
    """The whole report. Everything from outside is escaped by the template engine."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["duration_text"] = duration_text
    environment.filters["code"] = with_code
    return environment.get_template("report.html.jinja").render(report=report)


def with_code(sentence: str) -> Markup:
    """Our own sentences mark names with backquotes; show them as code, all else escaped."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(sentence))))  # noqa: S704 escaped just before

"""A report as one HTML page that needs nothing else: no scripts, no fonts, no requests."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from include.eks_upgrade.common.shorten import pieces
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
    names = dict(report.names)
    environment.filters["short"] = partial(with_short_names, names=names)
    environment.filters["code"] = partial(with_code, names=names)
    return environment.get_template("report.html.jinja").render(report=report)


def with_short_names(sentence: str, *, names: Mapping[str, str]) -> Markup:
    """Long names short, the whole one where the pointer rests; everything is escaped."""
    return Markup("").join(
        Markup('<abbr title="{}">{}</abbr>').format(piece.full, piece.shown)
        if piece.full
        else piece.shown
        for piece in pieces(sentence, names)
    )


def with_code(sentence: str, *, names: Mapping[str, str]) -> Markup:
    """Our own sentences mark names with backquotes; show them as code, all else as `short`."""
    told = str(with_short_names(sentence, names=names))
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", told))  # noqa: S704 escaped just before

"""A report as one HTML page that needs nothing else: no scripts, no fonts, no requests."""

import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from include.eks_upgrade.common.shorten import pieces
from include.eks_upgrade.common.time.durations import duration_text
from include.eks_upgrade.report.durations import moment_text
from include.eks_upgrade.report.model import Report
from include.eks_upgrade.report.words import percent_text, state_text

_DOCUMENT = re.compile(r"docs/([a-z0-9-]+)\.md")


def as_html(report: Report) -> str:
    """The whole report. Everything from outside is escaped by the template engine."""
    names = dict(report.names)
    environment = _environment().overlay()
    environment.filters = {
        **environment.filters,
        "short": partial(with_short_names, names=names),
        "code": partial(with_code, names=names, docs=report.docs),
    }
    return environment.get_template("report.html.jinja").render(report=report)


def page(template: str, *, folder: Path | None = None, **values: Any) -> str:
    """Another page in the same looks; its sentences are ours, and hold no long names.

    `folder`: where the template is, when it is none of those here.
    """
    return _environment(folder).get_template(template).render(**values)


@cache
def _environment(folder: Path | None = None) -> Environment:
    here = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader([folder, here] if folder else here),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "address": address,
        "code": partial(with_code, names={}),
        "duration_text": duration_text,
        "moment_text": moment_text,
        "percent_text": percent_text,
        "short": partial(with_short_names, names={}),
        "state_text": state_text,
    }
    return environment


def address(given: str) -> str:
    """An address that a page may link to; empty for any other (`javascript:`, another host)."""
    plain = str(given)
    inside = plain.startswith("/") and not plain.startswith(("//", "/\\"))
    return plain if inside or plain.startswith(("https://", "http://")) else ""


def with_short_names(sentence: str, *, names: Mapping[str, str]) -> Markup:
    """Long names short, the whole one where the pointer rests; everything is escaped."""
    return Markup("").join(
        Markup('<abbr title="{}">{}</abbr>').format(piece.full, piece.shown)
        if piece.full
        else piece.shown
        for piece in pieces(sentence, names)
    )


def with_code(sentence: str, *, names: Mapping[str, str], docs: str = "") -> Markup:
    """Our own sentences mark names with backquotes; show them as code, all else as `short`.

    A page of the documentation that they name is linked, where it is known to be.
    """
    told = re.sub(r"`([^`]*)`", r"<code>\1</code>", str(with_short_names(sentence, names=names)))
    if address(docs):
        link = Markup('<a href="{}/{{name}}.md">docs/{{name}}.md</a>').format(docs)
        told = _DOCUMENT.sub(lambda found: link.replace("{name}", found[1]), told)
    return Markup(told)  # noqa: S704 escaped just before

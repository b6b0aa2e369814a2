"""Serves `docs/` as pages, so that a link in the UI needs no other server and no internet.

Airflow does not protect what a plugin mounts; whoever is logged in may read them.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, HTTPException, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token

from eks_upgrade_airflow.run.addresses import DOCS_PREFIX
from eks_upgrade_airflow.run.report_store import PROJECT
from eks_upgrade_airflow.ui.answers import HEADERS, answer_refusals

FOLDER = PROJECT / "docs"
PICTURE = re.compile(r"[a-z][a-z0-9-]*\.png")
PAGE_HEADERS = HEADERS | {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
}
PAGE = re.compile(r"[A-Za-z][A-Za-z0-9-]*(/[A-Za-z][A-Za-z0-9-]*)?")
MISSING = (
    "There is no such page of the documentation here. The api-server shows those of the folder "
    "docs/ beside plugins/; the option docs_url of the section eks_upgrade names another place."
)
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre,code{background:#f3f4f6;border-radius:3px}code{padding:0 .2em}"
    "pre{padding:.7em;overflow:auto}table{border-collapse:collapse}"
    "img{max-width:100%}td,th{border:1px solid #c8ccd0;padding:.2em .6em;text-align:left}"
    ":target{background:#fff3c4}"
)


def documentation_app(folder: Path = FOLDER) -> FastAPI:
    """An application that serves the pages of a folder, each under its name.

    Args:
        folder: holds them as Markdown.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    answer_refusals(app, DOCS_PREFIX)

    @app.get("/images/{name}", dependencies=[Depends(get_user)])
    def picture(name: str) -> Response:
        """A picture that a page shows."""
        file = folder / "images" / name
        if not PICTURE.fullmatch(name) or not file.is_file():
            raise HTTPException(404, MISSING)
        return Response(file.read_bytes(), media_type="image/png", headers=HEADERS)

    @app.get("/{page:path}", dependencies=[Depends(get_user)])
    def page(page: str) -> Response:
        """One page; its links to others end in `.md`, as in the repository."""
        name = page.removesuffix(".md")
        file = folder / f"{name}.md"
        if not PAGE.fullmatch(name) or not file.is_file():
            raise HTTPException(404, MISSING)
        shown = as_html(name, file.read_text("utf-8"))
        return Response(shown, media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)

    return app


def as_html(title: str, markdown: str) -> str:
    """A page of its own; raw HTML in the Markdown is shown as text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    _name_headings(tokens)
    body = parser.renderer.render(tokens, parser.options, {})
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body>{body}</body></html>"
    )


def anchor(heading: str) -> str:
    """What a link to a heading ends in, as GitHub makes it from the heading's text."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def _name_headings(tokens: Sequence[Token]) -> None:
    """Give each heading the name that links use; of two alike, the first has it."""
    named = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and (name := anchor(inline.content)) not in named:
            named.add(name)
            opening.attrSet("id", name)

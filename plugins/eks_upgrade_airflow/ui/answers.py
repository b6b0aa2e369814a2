"""What this project's pages answer who is not logged in, may not, or asks for what is not there.

A browser is led to Airflow's login, as Airflow's own pages do it, or shown a sentence; a program,
which does not ask for HTML, gets the status and the sentence as JSON.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from eks_upgrade_airflow.run.addresses import PLUGIN_PREFIX, READABLE, login_page, on_server
from include.eks_upgrade.report.html import page
from include.eks_upgrade.report.notes import read_notes

log = logging.getLogger(__name__)

# A report holds only names, versions and counts, yet it may be framed by nobody, runs nothing,
# and stays in nobody's cache when the right to read it has gone.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
HTML = "text/html; charset=utf-8"

STALE_TOKEN = "Invalid JWT token"  # noqa: S105 - Airflow's own words, for a login of before
NOT_ALLOWED = (
    "You are logged in, but you may not read the runs of this DAG, and so not their reports. Who "
    "administers this Airflow can give you that right."
)
UNREADABLE = "The place where reports are kept cannot be read; the api-server's log says why."
TITLES = {403: "You may not read this", 404: "There is no such page", 503: "Not readable now"}


def answer_refusals(app: FastAPI, prefix: str = PLUGIN_PREFIX) -> None:
    """Let an application that is mounted below a prefix answer so, whatever its routes raise."""

    @app.exception_handler(HTTPException)
    def refuse(request: Request, error: HTTPException) -> Response:
        if wants_page(request) and _needs_login(error):
            return RedirectResponse(login_page(_wanted(request, prefix)), 302, HEADERS)
        return _told(request, error.status_code, _sentence(error))


@contextmanager
def told_when_unreadable() -> Iterator[None]:
    """What a storage raises is for the log; each has errors of its own, which may name too much."""
    try:
        yield
    except HTTPException:
        raise
    except Exception as error:
        log.exception("reports cannot be read")
        raise HTTPException(503, UNREADABLE) from error


def wants_page(request: Request) -> bool:
    """Whether a browser asks for something to show."""
    return "text/html" in request.headers.get("accept", "")


def message_page(
    title: str,
    sentence: str,
    *,
    links: Iterable[tuple[str, str]] = (),
    notes: Iterable[Mapping[str, str]] = (),
) -> str:
    """A page that says one thing."""
    everywhere = (("All reports", on_server(f"{PLUGIN_PREFIX}/")),)
    return page(
        "message.html.jinja",
        title=title,
        sentence=sentence,
        links=(*links, *everywhere),
        notes=read_notes(notes),
    )


def _needs_login(error: HTTPException) -> bool:
    return error.status_code == 401 or (error.status_code == 403 and error.detail == STALE_TOKEN)


def _sentence(error: HTTPException) -> str:
    return NOT_ALLOWED if error.status_code == 403 else str(error.detail)


def _told(request: Request, status: int, sentence: str) -> Response:
    if not wants_page(request):
        return JSONResponse({"detail": sentence}, status, HEADERS)
    shown = message_page(TITLES.get(status, "That did not work"), sentence)
    return Response(shown, status, HEADERS, media_type=HTML)


def _wanted(request: Request, prefix: str) -> str:
    """Path and query that were asked for, as they are on this server from outside."""
    whole, mounted_at = request.scope["path"], request.scope.get("root_path", "")
    # A proxy may have taken off what stands before Airflow's own path.
    inside = whole.removeprefix(mounted_at) if mounted_at else whole
    inside = whole.partition(prefix)[2] if inside == whole else inside
    path = on_server(prefix) + quote(inside, safe=f"/{READABLE}")
    return f"{path}?{request.url.query}" if request.url.query else path

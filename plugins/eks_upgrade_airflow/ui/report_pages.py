"""Serves the reports of runs to people who may read the runs of that DAG, and a list of them.

Airflow does not protect what a plugin mounts, so every route asks Airflow itself whether the user
may. It asks before anything is looked for: who may not read a DAG learns nothing of its runs. The
internal imports of Airflow that this needs are kept in this file.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Annotated, Literal

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response

from eks_upgrade_airflow.run.addresses import base_url, report_page, run_page
from eks_upgrade_airflow.run.report_list import Summary, newest_first
from eks_upgrade_airflow.run.report_notes import notes_of
from eks_upgrade_airflow.run.report_store import Form, ReportStore
from eks_upgrade_airflow.ui.answers import (
    HEADERS,
    HTML,
    answer_refusals,
    message_page,
    told_when_unreadable,
    wants_page,
)
from include.eks_upgrade.report.html import page

TYPES = {Form.HTML: HTML, Form.MARKDOWN: "text/markdown; charset=utf-8"}

MAX_LISTED_REPORTS = 200
"""Reports that the list shows: the newest that the reader may read."""

NOT_KEPT = (
    "This run has no report here yet, or none any more. It is written by the task `report` near "
    "the end of the run; when it could not be kept, that task's log says why and has its text."
)


def report_app(place: Callable[[], str]) -> FastAPI:
    """An application that serves the reports kept in one place.

    Args:
        place: says where; asked at each request, for the storage is nothing that a server needs in
            order to start.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    may_read = requires_access_dag("GET", DagAccessEntity.RUN)
    answer_refusals(app)

    # Not `async`: the storage is spoken to in a thread, the server's event loop goes on.
    @app.get("/")
    @app.get("/reports")
    @app.get("/reports/")
    def reports(request: Request, user: GetUserDep) -> Response:
        """The newest reports that the user may read."""
        with told_when_unreadable():
            rows = _readable(newest_first(place()), lambda dag_id: _may_read(dag_id, request, user))
        return Response(_list(rows), media_type=HTML, headers=HEADERS)

    @app.get("/reports/{dag_id}/{run_id:path}", dependencies=[Depends(may_read)])
    def report(
        request: Request,
        dag_id: str,
        run_id: str,
        form: Annotated[Literal["html", "md"], Query()] = "html",
    ) -> Response:
        """The report of one run, as a page or with `?form=md` as Markdown."""
        with told_when_unreadable():
            store, wanted = ReportStore(place()), Form(form)
            found = store.read(dag_id, run_id, wanted)
            if found is not None:
                return Response(found, media_type=TYPES[wanted], headers=HEADERS)
            if wants_page(request):
                return _not_kept(store, dag_id, run_id)
            raise HTTPException(404, NOT_KEPT)

    return app


def _may_read(dag_id: str, request: Request, user: GetUserDep) -> bool:
    """The same question as for a single report."""
    try:
        requires_access_dag("GET", DagAccessEntity.RUN, dag_id)(request, user)
    except HTTPException:
        return False
    return True


def _readable(
    summaries: Iterator[Summary], may_read: Callable[[str], bool]
) -> list[dict[str, str]]:
    """Rows of the list, one more than it shows when there are more; each DAG is asked once."""
    asked: dict[str, bool] = {}

    def readable(dag_id: str) -> bool:
        if dag_id not in asked:
            # Airflow takes these for a question about all DAGs.
            asked[dag_id] = dag_id not in {"", "~"} and may_read(dag_id)
        return asked[dag_id]

    rows = (
        {**one, "url": report_page(one["dag_id"], one["run_id"])}
        for one in summaries
        if readable(one["dag_id"])
    )
    found = list(islice(rows, MAX_LISTED_REPORTS + 1))
    return sorted(found, key=lambda row: row["at"], reverse=True)


def _list(rows: list[dict[str, str]]) -> str:
    return page(
        "list.html.jinja",
        rows=rows[:MAX_LISTED_REPORTS],
        more=len(rows) > MAX_LISTED_REPORTS,
        airflow=f"{base_url()}/",
    )


def _not_kept(store: ReportStore, dag_id: str, run_id: str) -> Response:
    """A page that says so, with what other runs have told of this one."""
    shown = message_page(
        "No report of this run yet",
        NOT_KEPT,
        links=(("The run in Airflow", run_page(dag_id, run_id)),),
        notes=notes_of(store, dag_id, run_id),
    )
    return Response(shown, status_code=404, media_type=HTML, headers=HEADERS)

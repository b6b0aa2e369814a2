"""Serves the reports of runs to people who may read the runs of that DAG.

Airflow does not protect what a plugin mounts, so every route asks Airflow itself whether the user
may. It asks before anything is looked for: who may not read a DAG learns nothing of its runs. The
internal imports of Airflow that this needs are kept in this file.
"""

import logging
from collections.abc import Callable
from typing import Annotated

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Query, Response

from eks_upgrade_airflow.run.report_store import Form, ReportStore

log = logging.getLogger(__name__)

# A report holds only names, versions and counts, yet it may be framed by nobody, runs nothing,
# and stays in nobody's cache when the right to read it has gone.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
TYPES = {Form.HTML: "text/html; charset=utf-8", Form.MARKDOWN: "text/markdown; charset=utf-8"}

NOT_KEPT = (
    "There is no report of this run here. It is written by the task `report` near the end of the "
    "run; when it could not be kept, that task's log says why and has its text."
)
UNREADABLE = "The place where reports are kept cannot be read; the api-server's log says why."


def report_app(place: Callable[[], str]) -> FastAPI:
    """An application that serves the reports kept in one place.

    Args:
        place: says where; asked at each request, for the storage is nothing that a server needs in
            order to start.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    may_read = requires_access_dag("GET", DagAccessEntity.RUN)

    # Not `async`: the storage is spoken to in a thread, the server's event loop goes on.
    @app.get("/reports/{dag_id}/{run_id:path}", dependencies=[Depends(may_read)])
    def report(dag_id: str, run_id: str, form: Annotated[Form, Query()] = Form.HTML) -> Response:
        """The report of one run, as a page or with `?form=md` as Markdown."""
        try:
            found = ReportStore(place()).read(dag_id, run_id, form)
        except Exception as error:  # each storage has errors of its own
            log.exception("the report of %s, run %s, cannot be read", dag_id, run_id)
            raise HTTPException(503, UNREADABLE) from error
        if found is None:
            raise HTTPException(404, NOT_KEPT)
        return Response(found, media_type=TYPES[form], headers=HEADERS)

    return app

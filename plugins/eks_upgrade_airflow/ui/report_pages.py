"""Serves the reports of runs to people who are logged in to Airflow.

Airflow does not protect what a plugin mounts, so every route asks for a user itself. The
internal imports of Airflow that this needs are kept in this file.
"""

from pathlib import Path

from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse

# A report holds only names, versions and counts, yet it may be framed by nobody and runs nothing.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Frame-Options": "DENY",
}


def report_app(folder: Path) -> FastAPI:
    """An application that serves the files of one folder.

    Args:
        folder: where the report task writes; nothing outside it is served.
    """
    app = FastAPI(
        dependencies=[Depends(requires_access_dag("GET"))],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )

    @app.get("/reports/{name}")
    def report(name: str) -> FileResponse:
        """One report by its file name."""
        path = folder / name
        if path.parent != folder or path.suffix not in {".html", ".md"} or not path.is_file():
            raise HTTPException(404, f"there is no report {name}")
        return FileResponse(path, headers=HEADERS)

    return app

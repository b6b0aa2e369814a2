"""Who sees which report: Airflow's own authorisation is asked, for the DAG of the run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from airflow.api_fastapi import app as airflow_app
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.settings import get_engine
from eks_upgrade_airflow.run.report_store import Form, ReportStore
from eks_upgrade_airflow.ui.links import PLUGIN_PREFIX, report_page
from eks_upgrade_airflow.ui.report_pages import report_app
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.airflow.run.test_report_store import ODD

DAG, OTHER = "eks_upgrade", "sales"
RUN = "manual__2026-11-26T03:00:00+00:00"
MANAGER = "tests.airflow.auth_managers.PerDagAuthManager"

Get = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, Path]]:
    """An api-server as far as pages need one: auth manager, database, the mounted page."""
    folder = tmp_path_factory.mktemp("reports")
    import_all_models()
    Base.metadata.create_all(get_engine())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__CORE__AUTH_MANAGER", MANAGER)
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "a secret of this test, " * 4)
        airflow_app.purge_cached_app()
        host = FastAPI()
        airflow_app.init_auth_manager(host)
        host.mount(PLUGIN_PREFIX, report_app(lambda: str(folder)))
        yield host, folder
    airflow_app.purge_cached_app()


@pytest.fixture
def store(server: tuple[FastAPI, Path]) -> ReportStore:
    made = ReportStore(str(server[1]))
    made.write(DAG, RUN, Form.HTML, "<html>the upgrade's</html>")
    made.write(DAG, RUN, Form.MARKDOWN, "# the upgrade's")
    return made


@pytest.fixture
def get(server: tuple[FastAPI, Path]) -> Get:
    """Asks for a path as somebody who may read the runs of one DAG; with None, as nobody."""

    def ask(path: str, reader: str | None, *, cookie: bool = False) -> Any:
        client = TestClient(server[0])
        if reader is None:
            return client.get(path)
        user = SimpleAuthManagerUser(username=f"reader-of-{reader}", role=reader)
        token = airflow_app.get_auth_manager().generate_jwt(user)
        if cookie:
            client.cookies.set(COOKIE_NAME_JWT_TOKEN, token)
            return client.get(path)
        return client.get(path, headers={"Authorization": f"Bearer {token}"})

    return ask


@pytest.mark.parametrize("cookie", [False, True], ids=["by token", "by the browser's cookie"])
def test_a_reader_of_the_dag_sees_the_report(store: ReportStore, get: Get, cookie: bool) -> None:
    answer = get(report_page(DAG, RUN), DAG, cookie=cookie)
    assert (answer.status_code, answer.text) == (200, "<html>the upgrade's</html>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "no-store" in answer.headers["cache-control"]


def test_the_same_as_markdown(store: ReportStore, get: Get) -> None:
    answer = get(f"{report_page(DAG, RUN)}?form=md", DAG)
    assert answer.text == "# the upgrade's"
    assert answer.headers["content-type"].startswith("text/markdown")
    assert get(f"{report_page(DAG, RUN)}?form=../x", DAG).status_code == 422


@pytest.mark.parametrize("path", ["", "?form=md"])
def test_a_reader_of_another_dag_does_not_and_cannot_tell_whether_the_run_exists(
    store: ReportStore, get: Get, path: str
) -> None:
    there, not_there = (get(report_page(DAG, run) + path, OTHER) for run in (RUN, "no such run"))
    assert there.status_code == not_there.status_code == 403
    assert there.content == not_there.content
    assert dict(there.headers) == dict(not_there.headers)


def test_nobody_sees_it_without_logging_in(store: ReportStore, get: Get) -> None:
    there, not_there = (get(report_page(DAG, run), None) for run in (RUN, "no such run"))
    assert there.status_code == not_there.status_code == 401
    assert there.content == not_there.content


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"{OTHER}/..%2F{DAG}%2F{quote(RUN, safe='')}", id="out of the own DAG"),
        pytest.param(f"{OTHER}/%2e%2e/{DAG}/{quote(RUN, safe='')}", id="by dots"),
        pytest.param(f"~/{quote(RUN, safe='')}", id="all DAGs"),
        pytest.param(f"~/{DAG}/{quote(RUN, safe='')}", id="all DAGs and a path"),
        pytest.param(f"{OTHER}/{quote(RUN, safe='')}?dag_id={DAG}", id="two DAGs"),
        pytest.param(f"{OTHER}%2F..%2F{DAG}/{quote(RUN, safe='')}", id="a path as the DAG"),
        pytest.param(f"%2e%2e/{quote(RUN, safe='')}", id="a DAG of that name"),
        pytest.param(f"/{DAG}/{quote(RUN, safe='')}", id="no DAG"),
        pytest.param(f"{OTHER}%00/{quote(RUN, safe='')}", id="a NUL"),
    ],
)
def test_no_spelling_of_the_address_leads_past_it(store: ReportStore, get: Get, path: str) -> None:
    answer = get(f"{PLUGIN_PREFIX}/reports/{path}", OTHER)
    assert answer.status_code in {401, 403, 404, 405, 422}
    assert "the upgrade's" not in answer.text


def test_a_reader_who_asks_for_the_other_dag_by_a_second_name_is_asked_for_the_one_that_is_shown(
    store: ReportStore, get: Get
) -> None:
    answer = get(f"{report_page(DAG, RUN)}?dag_id={OTHER}", OTHER)
    assert answer.status_code == 403


def test_a_file_beside_the_reports_is_not_served(
    server: tuple[FastAPI, Path], store: ReportStore, get: Get
) -> None:
    (server[1] / "notes.html").write_text("secret")
    (server[1] / DAG / "notes.txt").write_text("secret")
    for run_id in ("../notes", "../notes.html", "notes.txt", "notes"):
        answer = get(report_page(DAG, run_id), DAG)
        assert answer.status_code == 404
        assert "secret" not in answer.text


# Without those that no address can hold; Starlette's test client reads `%252F` as `/`.
LINKED = [
    run.replace("%2F", "")
    for run in ODD.values()
    if run.isprintable() and run.strip(".") and len(run) < 1000
]


@pytest.mark.parametrize("run_id", LINKED)
def test_the_link_of_a_run_leads_to_its_report_whatever_its_id(
    store: ReportStore, get: Get, run_id: str
) -> None:
    store.write(DAG, run_id, Form.HTML, f"of {run_id}")
    assert get(report_page(DAG, run_id), DAG).text == f"of {run_id}"


def test_a_run_without_a_report_says_where_else_to_look(store: ReportStore, get: Get) -> None:
    answer = get(report_page(DAG, "another"), DAG)
    assert answer.status_code == 404
    assert "that task's log says why and has its text" in answer.json()["detail"]


def test_a_storage_that_cannot_be_read_is_said_and_its_words_stay_in_the_log(
    server: tuple[FastAPI, Path], get: Get, caplog: pytest.LogCaptureFixture
) -> None:
    server[0].mount("/broken", report_app(lambda: "nosuch://secret-bucket/x"))
    answer = get(f"/broken/reports/{DAG}/x", DAG)
    assert answer.status_code == 503
    assert "the api-server's log says why" in answer.json()["detail"]
    assert "secret-bucket" not in answer.text


def test_a_server_below_a_path_is_linked_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://example.com/team/airflow/")
    assert report_page(DAG, "a/b") == "/team/airflow/eks-upgrade/reports/eks_upgrade/a%2Fb"

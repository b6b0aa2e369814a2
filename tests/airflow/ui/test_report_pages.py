"""Who sees which report: Airflow's own authorisation is asked, for the DAG of the run."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from airflow.api_fastapi import app as airflow_app
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import is_safe_url
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.settings import get_engine
from eks_upgrade_airflow.run.report_list import summary_text
from eks_upgrade_airflow.run.report_notes import add_note
from eks_upgrade_airflow.run.report_store import Form, ReportStore
from eks_upgrade_airflow.ui.answers import NOT_ALLOWED
from eks_upgrade_airflow.ui.links import PLUGIN_PREFIX, report_page
from eks_upgrade_airflow.ui.report_pages import MAX_LISTED_REPORTS, report_app
from fastapi import FastAPI
from starlette.requests import Request
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

    def ask(path: str, reader: str | None, *, cookie: bool = False, browser: bool = False) -> Any:
        client = TestClient(server[0], follow_redirects=False)
        if browser:
            client.headers["accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
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
    for form in ("../x", "json", "notes.json"):
        assert get(f"{report_page(DAG, RUN)}?form={form}", DAG).status_code == 422


@pytest.mark.parametrize("path", ["", "?form=md"])
def test_a_reader_of_another_dag_does_not_and_cannot_tell_whether_the_run_exists(
    store: ReportStore, get: Get, path: str
) -> None:
    there, not_there = (get(report_page(DAG, run) + path, OTHER) for run in (RUN, "no such run"))
    assert there.status_code == not_there.status_code == 403
    assert there.content == not_there.content
    assert dict(there.headers) == dict(not_there.headers)


def test_who_may_not_read_is_told_so_in_a_sentence(store: ReportStore, get: Get) -> None:
    there, not_there = (
        get(report_page(DAG, run), OTHER, browser=True) for run in (RUN, "no such run")
    )
    assert there.status_code == 403
    assert there.headers["content-type"].startswith("text/html")
    assert "you may not read the runs of this DAG" in there.text
    assert there.content == not_there.content
    assert "the upgrade's" not in there.text
    assert NOT_ALLOWED in get(report_page(DAG, RUN), OTHER).json()["detail"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        pytest.param(
            f"/eks-upgrade/reports/{DAG}/manual__2026-11-26T03%3A00%3A00%2B00%3A00",
            f"/eks-upgrade/reports/{DAG}/manual__2026-11-26T03:00:00+00:00",
            id="a report",
        ),
        pytest.param(
            f"/eks-upgrade/reports/{DAG}/a%3Fb?form=md",
            f"/eks-upgrade/reports/{DAG}/a%3Fb?form=md",
            id="an odd run as Markdown",
        ),
        pytest.param("/eks-upgrade/", "/eks-upgrade/", id="the list"),
    ],
)
def test_a_browser_that_is_not_logged_in_is_led_to_airflows_login_and_back(
    store: ReportStore, get: Get, path: str, wanted: str
) -> None:
    answer = get(path, None, browser=True)
    assert answer.status_code == 302
    where, _, query = answer.headers["location"].partition("?")
    assert where == "/api/v2/auth/login"
    assert parse_qs(query) == {"next": [wanted]}
    assert "no-store" in answer.headers["cache-control"]


def test_so_is_one_whose_login_is_none_any_more(server: tuple[FastAPI, Path]) -> None:
    client = TestClient(server[0], follow_redirects=False, headers={"accept": "text/html"})
    client.cookies.set(COOKIE_NAME_JWT_TOKEN, "signed.by.another-secret")
    answer = client.get(report_page(DAG, RUN))
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/api/v2/auth/login?next=")


def test_below_a_path_the_login_is_there_as_well(
    store: ReportStore, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://example.com/team/airflow/")
    location = get(f"{PLUGIN_PREFIX}/", None, browser=True).headers["location"]
    assert location == "/team/airflow/api/v2/auth/login?next=%2Fteam%2Fairflow%2Feks-upgrade%2F"


def test_airflows_login_takes_that_address(store: ReportStore, get: Get) -> None:
    location = get(report_page(DAG, RUN), None, browser=True).headers["location"]
    (wanted,) = parse_qs(urlsplit(location).query)["next"]
    request = Request({"type": "http", "headers": [], "server": ("x", 80), "path": "/"})
    assert is_safe_url(wanted, request=request)


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
    shown = get(report_page(DAG, "another"), DAG, browser=True)
    assert shown.status_code == 404
    assert "No report of this run yet" in shown.text
    assert 'href="/dags/eks_upgrade/runs/another"' in shown.text


def test_what_another_run_has_told_of_a_run_without_a_report_is_shown(
    store: ReportStore, get: Get
) -> None:
    note = {"at": "2026-11-26T05:00:00+00:00", "text": "Lifted <b>6", "url": "/eks-upgrade/x"}
    add_note(store, DAG, "died", note)
    shown = get(report_page(DAG, "died"), DAG, browser=True)
    assert "Added on 26 Nov 2026, 05:00 UTC" in shown.text
    assert "Lifted &lt;b&gt;6" in shown.text
    assert 'href="/eks-upgrade/x"' in shown.text
    assert "Lifted" not in get(report_page(DAG, "died"), OTHER, browser=True).text


def summary(dag_id: str, run_id: str, day: int, **more: str) -> str:
    at = f"2026-11-{day:02d}T03:12:00+00:00"
    usual = {"cluster": "shop", "versions": "from 1.33 to 1.34", "outcome": "upgraded"}
    about = {"dag_id": dag_id, "run_id": run_id, "at": at, "kind": "upgraded"}
    return summary_text(about | usual | more)


@pytest.fixture
def listed(store: ReportStore) -> ReportStore:
    """Reports of two DAGs, of which a reader may read one each."""
    store.write(DAG, RUN, Form.SUMMARY, summary(DAG, RUN, 24))
    store.write(DAG, "b/c", Form.SUMMARY, summary(DAG, "b/c", 26, outcome="refused <x>"))
    store.write(OTHER, "secret", Form.SUMMARY, summary(OTHER, "secret", 25, cluster="kept-back"))
    return store


@pytest.mark.parametrize("path", ["/", "/reports", "/reports/"])
def test_the_root_lists_the_reports_that_one_may_read_newest_first(
    listed: ReportStore, get: Get, path: str
) -> None:
    answer = get(f"{PLUGIN_PREFIX}{path}", DAG)
    assert answer.status_code == 200
    found = ET.fromstring(answer.text.removeprefix("<!DOCTYPE html>"))
    rows = [["".join(cell.itertext()) for cell in row.iter("td")] for row in found.iter("tr")][1:]
    assert rows == [
        ["26 Nov 2026, 03:12 UTC", "shop", "refused <x>", "from 1.33 to 1.34", DAG],
        ["24 Nov 2026, 03:12 UTC", "shop", "upgraded", "from 1.33 to 1.34", DAG],
    ]
    links = [each.get("href") for each in found.iter("a")][-2:]
    assert links == [report_page(DAG, "b/c"), report_page(DAG, RUN)]
    assert answer.headers["x-frame-options"] == "DENY"
    assert "no-store" in answer.headers["cache-control"]


def test_a_reader_of_the_other_dag_sees_that_ones_only(listed: ReportStore, get: Get) -> None:
    text = get(f"{PLUGIN_PREFIX}/", OTHER).text
    assert ("kept-back" in text, "shop" in text, DAG in text) == (True, False, False)


def test_who_may_read_none_is_told_so_and_not_that_there_are_some(
    listed: ReportStore, get: Get
) -> None:
    text = get(f"{PLUGIN_PREFIX}/", "a third").text
    assert "There is no report here that you may read" in text
    assert not any(word in text for word in ("shop", "kept-back", DAG, OTHER))


def test_nobody_lists_them_without_logging_in(listed: ReportStore, get: Get) -> None:
    answer = get(f"{PLUGIN_PREFIX}/", None)
    assert answer.status_code == 401
    assert "shop" not in answer.text


@pytest.mark.parametrize("dag_id", ["", "~"])
def test_a_summary_of_no_dag_is_nobodys(listed: ReportStore, get: Get, dag_id: str) -> None:
    listed.write(dag_id, "x", Form.SUMMARY, summary(dag_id, "x", 27, cluster="nobodys"))
    assert "nobodys" not in get(f"{PLUGIN_PREFIX}/", DAG).text


def test_many_reports_are_cut_off_and_that_is_said(
    server: tuple[FastAPI, Path], get: Get, tmp_path: Path
) -> None:
    many = ReportStore(str(tmp_path))
    for number in range(MAX_LISTED_REPORTS + 5):
        run_id = f"run-{number:03d}"
        many.write(DAG, run_id, Form.SUMMARY, summary(DAG, run_id, 26))
    server[0].mount("/many", report_app(lambda: str(tmp_path)))
    text = get("/many/", DAG).text
    assert text.count("<tr>") == MAX_LISTED_REPORTS + 1
    assert "these are the 200 newest" in text


def test_a_list_that_cannot_be_read_is_said(
    server: tuple[FastAPI, Path], get: Get, caplog: pytest.LogCaptureFixture
) -> None:
    server[0].mount("/broken-list", report_app(lambda: "nosuch://secret-bucket/x"))
    answer = get("/broken-list/", DAG, browser=True)
    assert answer.status_code == 503
    assert "log says why" in answer.text
    assert "secret-bucket" not in answer.text


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


def test_clusters_of_one_name_are_told_apart_by_account_and_region(
    store: ReportStore, get: Get
) -> None:
    for day, place in ((24, "111111111111 eu-west-1"), (25, "222222222222 eu-central-1")):
        store.write(DAG, place, Form.SUMMARY, summary(DAG, place, day, place=place))
    text = get(f"{PLUGIN_PREFIX}/", DAG).text
    assert "shop<small>111111111111 eu-west-1</small>" in text
    assert "shop<small>222222222222 eu-central-1</small>" in text


def test_a_page_that_says_one_thing_shows_the_names_in_it_as_code(get: Get) -> None:
    text = get(report_page(DAG, "none"), DAG, browser=True).text
    assert "the task <code>report</code>" in text

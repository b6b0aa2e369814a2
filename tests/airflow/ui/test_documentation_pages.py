"""The documentation behind the links of the form: for whoever is logged in, from any place."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.api_fastapi import app as airflow_app
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.models import import_all_models
from airflow.models.base import Base
from airflow.settings import get_engine
from eks_upgrade_airflow.run.addresses import DOCS_PREFIX
from eks_upgrade_airflow.ui.documentation import docs_page, link
from eks_upgrade_airflow.ui.documentation_pages import as_html, documentation_app
from fastapi import FastAPI
from starlette.testclient import TestClient

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A browser in which somebody is logged in."""
    import_all_models()
    Base.metadata.create_all(get_engine())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__CORE__AUTH_MANAGER", "tests.airflow.auth_managers.PerDagAuthManager")
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "a secret of this test, " * 4)
        airflow_app.purge_cached_app()
        host = FastAPI()
        airflow_app.init_auth_manager(host)
        host.mount(DOCS_PREFIX, documentation_app())
        made = TestClient(host)
        user = SimpleAuthManagerUser(username="anybody", role="viewer")
        made.cookies.set(COOKIE_NAME_JWT_TOKEN, airflow_app.get_auth_manager().generate_jwt(user))
        yield made
    airflow_app.purge_cached_app()


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_every_page_is_shown_and_its_headings_can_be_linked_to(
    client: TestClient, page: Path
) -> None:
    answer = client.get(docs_page(page.stem))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1 id=" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_parameter_has_its_place_on_its_page(client: TestClient) -> None:
    assert '<h3 id="target_version">' in client.get(docs_page("parameters")).text


def test_the_links_between_the_pages_lead_on(client: TestClient) -> None:
    page = client.get(docs_page("parameters"))
    assert 'href="permissions.md"' in page.text
    assert client.get(str(page.url.join("permissions.md"))).status_code == 200
    assert client.get(f"{DOCS_PREFIX}/decisions/README.md").status_code == 200


def test_their_pictures_are_shown(client: TestClient) -> None:
    page = client.get(docs_page("tour"))
    assert "images/run.png" in page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]
    picture = client.get(str(page.url.join("images/run.png")))
    assert picture.headers["content-type"] == "image/png"
    assert picture.content == (DOCS / "images/run.png").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("no-such-page", id="no such page"),
        pytest.param("", id="no page"),
        pytest.param("%2e%2e/README", id="out of the folder"),
        pytest.param("../../etc/passwd", id="far out of it"),
        pytest.param("decisions/%2e%2e/limits", id="out and in again"),
        pytest.param("limits%00", id="a NUL"),
        pytest.param("images/no-such.png", id="no such picture"),
        pytest.param("images/..%2flimits.md", id="out of the pictures"),
    ],
)
def test_anything_else_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(f"{DOCS_PREFIX}/{path}").status_code == 404


def test_nobody_reads_them_without_logging_in(client: TestClient) -> None:
    assert TestClient(client.app).get(docs_page("limits")).status_code == 401
    browser = TestClient(client.app, headers={"accept": "text/html"}, follow_redirects=False)
    location = browser.get(docs_page("limits")).headers["location"]
    assert location == "/api/v2/auth/login?next=%2Feks-upgrade-docs%2Flimits.md"


def test_html_in_a_page_is_shown_as_text() -> None:
    assert "<script>" not in as_html("x", "# x\n\n<script>alert(1)</script>")


SETTINGS: list[Any] = [
    pytest.param({}, "/eks-upgrade-docs/limits.md#open", id="served here"),
    pytest.param(
        {"AIRFLOW__API__BASE_URL": "https://a.example/airflow/"},
        "/airflow/eks-upgrade-docs/limits.md#open",
        id="served here, below a path",
    ),
    pytest.param(
        {"AIRFLOW__EKS_UPGRADE__DOCS_URL": "https://git.example/docs/"},
        "https://git.example/docs/limits.md#open",
        id="published elsewhere",
    ),
]


@pytest.mark.parametrize(("settings", "address"), SETTINGS)
def test_a_link_leads_to_where_they_are(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], address: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert docs_page("limits", "open") == address
    assert link("limits", "limits", "open") == f"[limits]({address})"

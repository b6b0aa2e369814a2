"""Where this project's own pages are: reports and documentation, on the api-server."""

from urllib.parse import quote, urlencode, urlsplit

from airflow.providers.common.compat.sdk import conf

SECTION, DOCS_OPTION = "eks_upgrade", "docs_url"

READABLE = ":+"
"""What a run's id often holds, and an address may hold as it is."""

PLUGIN_PREFIX = "/eks-upgrade"
"""Where the api-server mounts this project's pages."""

DOCS_PREFIX = "/eks-upgrade-docs"
"""Where it mounts the documentation."""


def base_url() -> str:
    """Airflow's own address as its configuration says; empty where it says none."""
    return str(conf.get("api", "base_url", fallback="") or "").rstrip("/")


def report_page(dag_id: str, run_id: str) -> str:
    """Path of a run's report on the api-server."""
    return on_server(f"{PLUGIN_PREFIX}/reports/{quote(dag_id, safe='')}/{quote(run_id, safe='')}")


def report_address(dag_id: str, run_id: str) -> str:
    """The whole address of a run's report; only its path where Airflow's own is not known."""
    return whole(report_page(dag_id, run_id))


def reports_address() -> str:
    """Where all reports are listed."""
    return whole(on_server(f"{PLUGIN_PREFIX}/"))


def run_page(dag_id: str, run_id: str) -> str:
    """Path of a run in Airflow's own pages."""
    return on_server(f"/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe=READABLE)}")


def login_page(wanted: str) -> str:
    """Path of Airflow's login, which leads on to what was wanted; its own pages go the same way.

    Args:
        wanted: path and query on the api-server.
    """
    return f"{on_server('/api/v2/auth/login')}?{urlencode({'next': wanted})}"


def docs_address() -> str:
    """What stands before `/runbook.md` in the whole address of a page of the documentation."""
    place = docs_place()
    return whole(place) if place.startswith("/") else place


def docs_place() -> str:
    """The same as a path where it is on the api-server.

    The option `docs_url` in the section `eks_upgrade` of Airflow's configuration says where it is
    read, such as in the repository of the team; without it the api-server shows it.
    """
    given = str(conf.get(SECTION, DOCS_OPTION, fallback="") or "").rstrip("/")
    return given or on_server(DOCS_PREFIX)


def on_server(path: str) -> str:
    """A path on the api-server, which may itself live below a path."""
    return urlsplit(base_url()).path.rstrip("/") + path


def whole(path: str) -> str:
    """A path with Airflow's own address before it, where that is known."""
    parts = urlsplit(base_url())
    return f"{parts.scheme}://{parts.netloc}{path}" if parts.netloc else path

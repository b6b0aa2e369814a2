from pathlib import Path

import pytest

from include.local_airflow.settings import (
    COMPONENTS,
    CONNECTION,
    Places,
    Ports,
    Secrets,
    command,
    environment,
    of_component,
    passwords_file,
)

PLACES = Places(Path("/repo"), Path("/home"), Path("/repo/dags"), Path("/repo/plugins"))
SECRETS = Secrets(password="pw", jwt_secret="jwt", api_secret="api", fernet_key="key")


def made(*, demo: bool = False) -> dict[str, str]:
    return environment(PLACES, Ports(8080, 1, 2), SECRETS, demo=demo)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL", "1", id="fast-trigger-race"),
        pytest.param("PYTHONPATH", "/repo:/repo/plugins", id="include-is-importable"),
        pytest.param("PYTHONDONTWRITEBYTECODE", "", id="compiled-once-and-not-in-each-task"),
        pytest.param("AIRFLOW__API__HOST", "127.0.0.1", id="loopback-only"),
        pytest.param(
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
            "http://127.0.0.1:8080/execution/",
            id="task-api-on-the-chosen-port",
        ),
        pytest.param("AIRFLOW__API_AUTH__JWT_SECRET", "jwt", id="one-secret-for-all"),
        pytest.param("AIRFLOW__CORE__LOAD_EXAMPLES", "False", id="no-examples"),
        pytest.param("AIRFLOW__CORE__PARALLELISM", "8", id="few-workers"),
        pytest.param("AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT", "1", id="own-log-port"),
        pytest.param("AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT", "2", id="own-trigger-log-port"),
    ],
)
def test_every_installation_has_the_settings_that_airflow_needs(name, value):
    assert made()[name] == value
    assert made(demo=True)[name] == value


def test_only_the_demo_unpauses_dags_and_hurries_the_scheduler():
    added = made(demo=True).keys() - made().keys()

    assert "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION" in added
    assert "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME" in added


def test_everybody_is_not_admin():
    assert not any("ALL_ADMINS" in name for name in made(demo=True))


def test_the_password_stands_in_its_file_and_not_in_the_environment():
    assert passwords_file(SECRETS) == '{"admin": "pw"}'
    assert "pw" not in made().values()


@pytest.mark.parametrize("component", ["scheduler", "triggerer"])
def test_no_log_server_is_started_because_it_would_listen_on_all_addresses(component):
    assert "--skip-serve-logs" in command("python", component)


def test_there_are_four_components_and_no_standalone():
    assert [command("python", name)[3] for name in COMPONENTS] == [
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
    ]


@pytest.mark.parametrize("component", COMPONENTS)
def test_all_but_the_api_server_wait_long_for_sqlites_one_writer(component):
    made = of_component(component, {CONNECTION: "sqlite:////tmp/airflow.db"})
    waits = made[CONNECTION].endswith("?timeout=60")
    assert waits is (component != "api-server")


def test_another_database_is_left_as_it_is_told():
    told = {CONNECTION: "postgresql+psycopg2://airflow@localhost/airflow"}
    assert of_component("scheduler", told) == told

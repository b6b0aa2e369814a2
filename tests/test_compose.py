"""docker-compose.yaml, Dockerfile and .env.example, by reading them: no Docker is needed."""

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from include.local_airflow.common_settings import (
    CELERY,
    EVERYWHERE,
    POSTGRESQL_CONNECTIONS,
    TRIGGERERS,
    WORKERS,
)
from include.local_airflow.engine import DISTRIBUTED
from include.local_airflow.settings import Places, Ports, Secrets, environment

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
AIRFLOW = sorted(set(SERVICES) - {"postgres", "redis"})
PRODUCTION = ("dags", "plugins", "include/__init__.py", "include/eks_upgrade", "docs")
LONG_RUNNING = sorted(set(SERVICES) - {"airflow-init"})
REQUIRED = re.compile(r"\$\{(\w+):\?([^}]*)\}")
OPTIONAL = re.compile(r"\$\{(\w+):-[^}]*\}")


def local_settings() -> dict[str, str]:
    places = Places(
        Path("/opt/airflow"), Path("/home"), Path("/opt/airflow/dags"), Path("/opt/airflow/plugins")
    )
    secrets = Secrets("password", "jwt", "api", "fernet")
    servers = DISTRIBUTED.services(places, Path("/cache"))
    return environment(places, Ports(1, 2, 3), secrets) | servers.environment()


PLACED = {
    "AIRFLOW__API_AUTH__JWT_SECRET": "a secret",
    "AIRFLOW__API__BASE_URL": "an address",
    "AIRFLOW__API__SECRET_KEY": "a secret",
    "AIRFLOW__CELERY__BROKER_URL": "an address with a secret",
    "AIRFLOW__CELERY__RESULT_BACKEND": "an address with a secret",
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "an address",
    "AIRFLOW__CORE__FERNET_KEY": "a secret",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": "a place",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "an address with a secret",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": "an address with a secret",
}
"""What the local engine has, too, with another value, and why."""
COMPOSE_ALONE = {
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "the demo starts its DAG at once",
    "AIRFLOW__EKS_UPGRADE__REPORTS": "the default is a folder beside the project",
    "AIRFLOW__METRICS__OTEL_ON": "nothing is sent anyway",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "the launcher asks the api-server",
    "AIRFLOW__TRACES__OTEL_ON": "nothing is sent anyway",
    "DO_NOT_TRACK": "nothing is sent anyway",
    "DUMB_INIT_SETSID": "only the image has dumb-init",
    "SCARF_ANALYTICS": "nothing is sent anyway",
}
"""What the local engine does not set, and why."""


def by_compose_itself(document: Any) -> list[str]:
    """What the schema of the Compose specification has against a document."""
    vendored = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
    file = Path(str(distribution("check-jsonschema").locate_file(vendored)))
    schema = json.loads(file.read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(document)]


def test_compose_itself_would_take_the_file() -> None:
    assert by_compose_itself(yaml.safe_load(TEXT)) == []


@pytest.mark.parametrize(
    ("service", "wrong"),
    [
        pytest.param("worker", {"deploy": {"replicas": [2]}}, id="type"),
        pytest.param("worker", {"replicas": 2}, id="unknown-key"),
        pytest.param("redis", {"healthcheck": {"intervall": "10s"}}, id="misspelt-key"),
    ],
)
def test_the_schema_would_find_a_mistake(service: str, wrong: dict[str, Any]) -> None:
    document = yaml.safe_load(TEXT)
    document["services"][service] |= wrong
    assert by_compose_itself(document) != []


def test_every_component_of_airflow_is_there() -> None:
    assert AIRFLOW == [
        "airflow-init",
        "api-server",
        "dag-processor",
        "scheduler",
        "triggerer",
        "worker",
    ]


@pytest.mark.parametrize("service", AIRFLOW)
def test_every_component_has_the_settings_that_hold_everywhere(service: str) -> None:
    wanted = {**EVERYWHERE, **CELERY}
    assert {name: SERVICES[service]["environment"].get(name) for name in wanted} == wanted


def test_the_distributed_engine_has_each_setting_of_compose_but_those_that_are_named() -> None:
    local = local_settings()
    of_workers = SERVICES["worker"]["environment"]
    others = {name for name, value in of_workers.items() if local.get(name) != value}
    assert others == {*PLACED, *COMPOSE_ALONE}
    assert set(PLACED) <= set(local)


def test_the_distributed_engine_starts_what_compose_starts_as_often() -> None:
    counts = {"worker": WORKERS, "triggerer": TRIGGERERS}
    assert {name: SERVICES[name]["deploy"] for name in SERVICES if "deploy" in SERVICES[name]} == {
        name: {"replicas": count} for name, count in counts.items()
    }
    for name, count in counts.items():
        assert sum(each.startswith(name) for each in DISTRIBUTED.components) == count
    once = [each for each in DISTRIBUTED.components if not each.startswith(tuple(counts))]
    assert sorted(once) == ["api-server", "dag-processor", "scheduler"]


def test_the_workers_together_carry_what_may_run_at_once() -> None:
    carried = WORKERS * int(CELERY["AIRFLOW__CELERY__WORKER_CONCURRENCY"])
    assert carried == int(EVERYWHERE["AIRFLOW__CORE__PARALLELISM"])


def test_the_servers_are_set_up_as_those_of_the_distributed_engine() -> None:
    connections = f"max_connections={POSTGRESQL_CONNECTIONS}"
    assert SERVICES["postgres"]["command"] == ["postgres", "-c", connections]
    assert "appendonly yes" in SERVICES["redis"]["command"][-1]
    assert SERVICES["redis"]["volumes"] == ["broker:/data"]


@pytest.mark.parametrize("service", AIRFLOW)
def test_every_component_shares_the_secrets(service: str) -> None:
    shared = [
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
    ]
    values = SERVICES[service]["environment"]
    assert all(REQUIRED.fullmatch(values[name]) for name in shared)
    assert len({values[name] for name in shared}) == 3
    assert {values[name] for name in shared} == {
        SERVICES["api-server"]["environment"][name] for name in shared
    }


@pytest.mark.parametrize("service", AIRFLOW)
def test_every_component_mounts_the_code_and_the_folders_it_writes(service: str) -> None:
    mounts = dict(mount.split(":", 1) for mount in SERVICES[service]["volumes"])
    code = {source for source, target in mounts.items() if target.endswith(":ro")}
    assert code == {f"./{name}" for name in PRODUCTION}
    assert all(mounts[f"./{name}"] == f"/opt/airflow/{name}:ro" for name in PRODUCTION)
    assert mounts["./reports"] == "/opt/airflow/reports"
    assert (
        SERVICES[service]["environment"]["AIRFLOW__EKS_UPGRADE__REPORTS"] == "/opt/airflow/reports"
    )
    assert mounts["./logs"] == "/opt/airflow/logs"


def test_what_is_imported_lies_on_the_mounted_path() -> None:
    path = SERVICES["triggerer"]["environment"]["PYTHONPATH"].split(":")
    assert path == ["/opt/airflow", "/opt/airflow/plugins"]
    assert all((ROOT / name).exists() for name in PRODUCTION)
    assert (ROOT / "plugins" / "eks_upgrade_airflow" / "__init__.py").exists()


def test_nothing_listens_beyond_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8080:8080"]
    assert not any(service.get("network_mode") for service in SERVICES.values())


def test_no_secret_has_a_default_and_each_says_what_to_do() -> None:
    assert set(OPTIONAL.findall(TEXT)) == {"AIRFLOW_UID"}
    for name, sentence in REQUIRED.findall(TEXT):
        assert sentence == f"set {name} in .env, see .env.example"


def test_the_example_names_every_variable_and_gives_no_secret_away() -> None:
    example = (ROOT / ".env.example").read_text()
    values = dict(re.findall(r"^(\w+)=(.*)$", example, flags=re.MULTILINE))
    required = {name for name, _ in REQUIRED.findall(TEXT)}
    assert set(values) == required | {"AIRFLOW_UID"}
    assert all(values[name] == "" for name in required)


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_what_runs_on_is_watched_and_given_time_to_stop(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"]
    seconds = int(SERVICES[service]["stop_grace_period"].removesuffix("s"))
    assert seconds >= (30 if service == "redis" else 60)


@pytest.mark.parametrize("service", [name for name in LONG_RUNNING if name in AIRFLOW])
def test_nothing_starts_before_the_database_is_migrated(service: str) -> None:
    needs = SERVICES[service]["depends_on"]
    assert needs["airflow-init"] == {"condition": "service_completed_successfully"}
    assert needs["postgres"] == {"condition": "service_healthy"}


def test_the_readme_names_the_folders_that_the_compose_file_mounts() -> None:
    text = (ROOT / "README.md").read_text().split("## On your AWS account")[1]
    (sentence,) = re.findall(r"copy (.*?) into", text, re.DOTALL)
    named = {name.rstrip("/") for name in re.findall(r"`([^`]+)`", sentence)}
    assert named == set(PRODUCTION)
    assert "install\n     `requirements-runtime.txt`" in text


def test_the_image_is_the_pinned_airflow() -> None:
    (version,) = re.findall(
        r"(?m)^apache-airflow==(.+)$", (ROOT / "requirements-runtime.in").read_text()
    )
    assert f"FROM apache/airflow:{version}-python3.11" in (ROOT / "Dockerfile").read_text()


def test_the_image_installs_what_production_needs_and_nothing_else() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"(?m)^COPY .* (\S+) \S+$", text) == ["requirements-runtime.txt"]
    assert re.findall(r"pip install (.+?) &&", text) == [
        "--no-cache-dir -r /tmp/requirements-runtime.txt"
    ]


def test_the_build_sees_the_pins_alone_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules == ["*", "!requirements-runtime.txt"]

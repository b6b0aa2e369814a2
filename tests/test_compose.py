"""docker-compose.yaml, Dockerfile and .env.example, by reading them: no Docker is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

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
    return environment(places, Ports(1, 2, 3), Secrets("password", "jwt", "api", "fernet"))


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
@pytest.mark.parametrize(
    "name",
    [
        "PYTHONPATH",
        "AIRFLOW__CORE__PLUGINS_FOLDER",
        "AIRFLOW__CORE__DAGS_FOLDER",
        "AIRFLOW__CORE__LOAD_EXAMPLES",
        "AIRFLOW__CORE__PARALLELISM",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS",
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS",
        "AIRFLOW__TRIGGERER__CAPACITY",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL",
    ],
)
def test_every_component_runs_with_the_same_settings_as_the_demo(service: str, name: str) -> None:
    assert SERVICES[service]["environment"][name] == local_settings()[name]


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
